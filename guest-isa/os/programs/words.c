/*
 * words [WORDS]: counts the words of a generated text in a binary tree of
 * malloc'ed nodes, sorts them by count with a merge sort of the list, frees
 * everything and does it again: text handling, allocation, pointers.
 */
#include "pupa.h"

static const struct known known[] = { { 15000, 0x50f62e44 }, { 150000, 0xd39fb2d5 }, { 1500000, 0x5dcd05c4 }, { 0, 0 } };
struct word { struct word *left, *right, *next; u32 count; char text[]; };
static u32 live;

static u32 make_word(char *to, u32 *state)
{
    static const char letters[] = "etaoinshrdlucmfwygpbvk";
    u32 r = random_next(state), n = 1 + (r & 3);
    for (u32 i = 0; i < n; i++)
        to[i] = letters[(r >> (4 + 5 * i) & 31) * (r >> (4 + 5 * i) & 31) / 46];
    to[n] = 0;
    return n;
}

static void count(struct word **tree, const char *text, u32 length, struct word **list)
{
    while (*tree) {
        int order = strcmp(text, (*tree)->text);
        if (order == 0) {
            (*tree)->count++;
            return;
        }
        tree = order < 0 ? &(*tree)->left : &(*tree)->right;
    }
    struct word *w = malloc(sizeof *w + length + 1);
    *w = (struct word){ NULL, NULL, *list, 1 };
    memcpy(w->text, text, length + 1);
    *tree = *list = w;
    live++;
}

static int before(const struct word *a, const struct word *b)
{
    return a->count != b->count ? a->count > b->count : strcmp(a->text, b->text) < 0;
}

static struct word *merge_sort(struct word *list)
{
    struct word *half = list, *fast = list, *sorted = NULL, **end = &sorted;
    if (!list || !list->next)
        return list;
    while ((fast = fast->next) && (fast = fast->next))
        half = half->next;
    struct word *b = half->next;
    half->next = NULL;
    struct word *a = merge_sort(list);
    b = merge_sort(b);
    while (a && b) {
        struct word **from = before(a, b) ? &a : &b;
        *end = *from;
        end = &(*end)->next;
        *from = *end;
    }
    *end = a ? a : b;
    return sorted;
}

static u32 one_text(u32 n, u32 seed, u32 sum, char *best)
{
    struct word *tree = NULL, *list = NULL;
    char text[8];
    for (u32 i = 0; i < n; i++) {
        u32 length = make_word(text, &seed);
        count(&tree, text, length, &list);
    }
    list = merge_sort(list);
    memcpy(best, list->text, strlen(list->text) + 1);
    while (list) {
        struct word *next = list->next;
        sum = mix(mix_bytes(sum, list->text, (u32)strlen(list->text)), list->count);
        free(list);
        live--;
        list = next;
    }
    return sum;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 15000), sum = SUM_START;
    char best[8];
    sum = one_text(n / 2, 12345, sum, best);
    sum = one_text(n - n / 2, 54321, sum, best);
    return report("words", live == 0, known, n, sum, "%u words, most frequent \"%s\"", n, best);
}
