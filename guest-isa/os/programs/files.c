/*
 * files [FILES]: the file system from a program: create, write in odd pieces,
 * read back at odd places, append, cut, directories, names in order, unlink
 * while open, and that packed files read the same each time.
 */
#include "pupa.h"

static const struct known known[] = { { 20, 0xd7fab76f }, { 100, 0x10f0c4e4 }, { 500, 0xc82d7504 }, { 0, 0 } };
static u32 sum = SUM_START;

static u8 content(u32 file, u32 at) { return (u8)(file * 31 + at * 7 + (at >> 8)); }
static u32 length(u32 file) { return file * 977 % 9000 + 1; }

static void name_of(char *to, u32 i) { format_text(to, 32, "/tmp/f/file%03u", i * 7 % 1000); }

static int write_file(u32 i)
{
    char name[32];
    u8 piece[300];
    name_of(name, i);
    int fd = open_file(name, O_WRITE | O_CREATE | O_TRUNC);
    for (u32 at = 0; at < length(i);) {
        u32 n = (at * 3 + i) % 299 + 1;
        n = n < length(i) - at ? n : length(i) - at;
        for (u32 k = 0; k < n; k++)
            piece[k] = content(i, at + k);
        if (write(fd, piece, n) != (int)n)
            return 0;
        at += n;
    }
    return close(fd) == 0;
}

static int read_file(u32 i)
{
    char name[32];
    u8 piece[128];
    struct stat s;
    name_of(name, i);
    int fd = open_file(name, O_READ), good = get_stat(name, &s) == 0 && s.size == length(i) && s.type == TYPE_FILE;
    for (u32 k = 0; k < 20 && good; k++) {
        u32 at = k * 2713 % length(i);
        good = seek(fd, (int)at, SEEK_SET) == (int)at;
        int n = read(fd, piece, sizeof piece);
        good = good && n > 0;
        for (int j = 0; j < n; j++)
            good = good && piece[j] == content(i, at + (u32)j);
        sum = mix_bytes(sum, piece, n > 0 ? (u32)n : 0);
    }
    return close(fd) == 0 && good;
}

static int append_and_cut(void)
{
    char text[16];
    int fd = open_file("/tmp/f/log", O_WRITE | O_CREATE);
    write(fd, "abc", 3);
    close(fd);
    fd = open_file("/tmp/f/log", O_WRITE | O_APPEND);
    write(fd, "def", 3);
    close(fd);
    fd = open_file("/tmp/f/log", O_READ | O_WRITE);
    seek(fd, -2, SEEK_END);
    write(fd, "XYZ", 3);
    seek(fd, 0, SEEK_SET);
    int n = read(fd, text, sizeof text), good = n == 7 && memcmp(text, "abcdXYZ", 7) == 0;
    good = good && unlink("/tmp/f/log") == 0;
    seek(fd, 1, SEEK_SET);
    good = good && read(fd, text, 3) == 3 && memcmp(text, "bcd", 3) == 0;   /* unlinked, yet open */
    close(fd);
    return good && open_file("/tmp/f/log", O_READ) == -E_NOENT;
}

static int names_in_order(u32 count)
{
    struct dirent e;
    char last[NAME_MAX] = "";
    int fd = open_file("/tmp/f", O_READ), good = 1;
    u32 i = 0;
    for (; read_directory(fd, i, &e) > 0; i++) {
        good = good && strcmp(last, e.name) < 0;
        memcpy(last, e.name, NAME_MAX);
        sum = mix_bytes(sum, e.name, (u32)strlen(e.name));
    }
    close(fd);
    return good && i == count;
}

static int directories(void)
{
    char here[64];
    int good = make_directory("/tmp/f") == 0 && make_directory("/tmp/f") == -E_EXIST;
    good = good && change_directory("/tmp/f/../f/.") == 0 && current_directory(here, sizeof here) > 0;
    good = good && strcmp(here, "/tmp/f") == 0 && change_directory("/etc/motd") == -E_NOTDIR;
    return good && open_file("nothing", O_READ) == -E_NOENT && close(12) == -E_BADF;
}

static int packed_files(void)
{
    u8 first[4];
    int fd = open_file("/bin/files", O_READ), good = read(fd, first, 4) == 4 && memcmp(first, "\177ELF", 4) == 0;
    close(fd);
    return good;
}

int main(int argc, char *argv[])
{
    char name[32];
    u32 n = number(argc > 1 ? argv[1] : NULL, 20);
    int good = directories() && packed_files() && append_and_cut();
    for (u32 i = 0; i < n; i++)
        good = good && write_file(i);
    for (u32 i = 0; i < n; i++)
        good = good && read_file(i);
    good = good && names_in_order(n) && unlink("/tmp/f") == -E_NOTEMPTY;
    for (u32 i = 0; i < n; i++) {
        name_of(name, i);
        good = unlink(name) == 0 && good;
    }
    change_directory("/");
    good = unlink("/tmp/f") == 0 && good;
    return report("files", good, known, n, sum, "%u files written, read and removed", n);
}
