/* Small commands about files. */
#include "tools.h"

static int complain(const char *tool, const char *path, int error)
{
    const char *why = error == -E_NOENT ? "no such file" : error == -E_ISDIR ? "is a directory"
                    : error == -E_EXIST ? "exists" : error == -E_NOTEMPTY ? "not empty" : "failed";
    print("%s: %s: %s\n", tool, path, why);
    return 1;
}

static int write_all(int fd, const char *from, int bytes)
{
    while (bytes > 0) {
        int n = write(fd, from, (size)bytes);
        if (n <= 0)
            return n < 0 ? n : -E_FBIG;
        from += n;
        bytes -= n;
    }
    return 0;
}

static int copy_stream(int from, int to)
{
    char buffer[1024];
    int n;
    while ((n = read(from, buffer, sizeof buffer)) > 0)
        if (write_all(to, buffer, n) < 0)
            return -E_FBIG;
    return n;
}

int tool_ls(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : ".", *blanks = "";
    struct dirent e;
    int fd = open_file(path, O_READ), column = 0;
    if (fd < 0)
        return complain("ls", path, fd);
    if (read_directory(fd, 0, &e) == -E_NOTDIR) {
        print("%s\n", path);
        return 0;
    }
    for (u32 i = 0; read_directory(fd, i, &e) > 0; i++) {
        char text[NAME_MAX + 12];
        format_text(text, sizeof text, e.type == TYPE_DIR ? "%s/" : "%s", e.name);
        print("%s%s", column == 0 ? "" : column % 5 == 0 ? "\n" : blanks, text);
        blanks = "               " + strlen(text) % 15;
        column++;
    }
    if (column)
        print("\n");
    return 0;
}

int tool_cat(int argc, char **argv)
{
    int failed = 0;
    if (argc == 1)
        return copy_stream(0, 1) < 0;
    for (int i = 1; i < argc; i++) {
        int fd = open_file(argv[i], O_READ), error = fd;
        if (fd >= 0) {
            error = copy_stream(fd, 1);
            close(fd);
        }
        if (error < 0)
            failed = complain("cat", argv[i], error);
    }
    return failed;
}

int tool_echo(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "-n") == 0 ? 2 : 1;
    for (int i = first; i < argc; i++)
        print(i > first ? " %s" : "%s", argv[i]);
    if (first == 1)
        print("\n");
    return 0;
}

int tool_cp(int argc, char **argv)
{
    if (argc != 3) {
        print("usage: cp FROM TO\n");
        return 2;
    }
    int from = open_file(argv[1], O_READ);
    if (from < 0)
        return complain("cp", argv[1], from);
    int to = open_file(argv[2], O_WRITE | O_CREATE | O_TRUNC);
    if (to < 0)
        return complain("cp", argv[2], to);
    int error = copy_stream(from, to);
    return error < 0 ? complain("cp", argv[2], error) : 0;
}

int tool_rm(int argc, char **argv)
{
    int failed = 0, error;
    for (int i = 1; i < argc; i++)
        if ((error = unlink(argv[i])) < 0)
            failed = complain("rm", argv[i], error);
    return failed;
}

int tool_mkdir(int argc, char **argv)
{
    int failed = 0, error;
    for (int i = 1; i < argc; i++)
        if ((error = make_directory(argv[i])) < 0)
            failed = complain("mkdir", argv[i], error);
    return failed;
}

static int open_or_input(const char *tool, int argc, char **argv, int index)
{
    int fd = argc > index ? open_file(argv[index], O_READ) : 0;
    if (fd < 0)
        complain(tool, argv[index], fd);
    return fd;
}

int tool_wc(int argc, char **argv)
{
    char buffer[512];
    int fd = open_or_input("wc", argc, argv, 1), n;
    u32 lines = 0, words = 0, bytes = 0, inside = 0;
    if (fd < 0)
        return 1;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        bytes += (u32)n;
        for (int i = 0; i < n; i++) {
            int blank = buffer[i] == ' ' || buffer[i] == '\n' || buffer[i] == '\t';
            words += !blank && !inside;
            inside = !blank;
            lines += buffer[i] == '\n';
        }
    }
    print("%7u %7u %7u\n", lines, words, bytes);
    return 0;
}

int tool_hexdump(int argc, char **argv)
{
    u8 buffer[16];
    int fd = open_or_input("hexdump", argc, argv, 1), n;
    if (fd < 0)
        return 1;
    for (u32 at = 0; (n = read(fd, buffer, 16)) > 0; at += 16) {
        print("%08x ", at);
        for (int i = 0; i < 16; i++)
            if (i < n)
                print(" %02x", buffer[i]);
            else
                print("   ");
        print("  ");
        for (int i = 0; i < n; i++)
            print("%c", buffer[i] >= ' ' && buffer[i] < 127 ? buffer[i] : '.');
        print("\n");
    }
    return 0;
}

static int contains(const char *line, const char *part)
{
    size n = strlen(part);
    for (; *line; line++)
        if (strncmp(line, part, n) == 0)
            return 1;
    return n == 0;
}

/* Plain text, no patterns. */
int tool_grep(int argc, char **argv)
{
    char line[256], c;
    u32 n = 0, found = 0;
    if (argc < 2) {
        print("usage: grep TEXT [FILE]\n");
        return 2;
    }
    int fd = open_or_input("grep", argc, argv, 2);
    if (fd < 0)
        return 2;
    while (read(fd, &c, 1) == 1) {
        if (c != '\n' && n < sizeof line - 1) {
            line[n++] = c;
            continue;
        }
        line[n] = 0;
        n = 0;
        if (contains(line, argv[1])) {
            print("%s\n", line);
            found++;
        }
    }
    return found == 0;
}
