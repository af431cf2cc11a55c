/*
 * chase [NODES]: follows a linked list whose order in memory is a random
 * permutation (one cycle), then a binary tree by random keys: loads that wait
 * for loads.
 */
#include "pupa.h"

static const struct known known[] = { { 16384, 0xbef7c8ec }, { 65536, 0x9e237b6f }, { 262144, 0x3ece45c0 }, { 0, 0 } };
struct node { struct node *next, *left, *right; u32 key, filler[4]; };

static struct node *make_cycle(u32 n)
{
    struct node *nodes = malloc(n * sizeof *nodes);
    u32 *order = malloc(n * sizeof *order), state = 5;
    for (u32 i = 0; i < n; i++)
        order[i] = i;
    for (u32 i = n - 1; i > 0; i--) {
        u32 j = random_next(&state) % (i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (u32 i = 0; i < n; i++) {
        struct node *at = &nodes[order[i]];
        at->next = &nodes[order[(i + 1) % n]];
        at->left = at->right = NULL;
        at->key = random_next(&state);
    }
    free(order);
    return nodes;
}

static struct node *make_tree(struct node *nodes, u32 n)
{
    struct node *root = &nodes[0];
    for (u32 i = 1; i < n; i++) {
        struct node **at = &root;
        while (*at)
            at = nodes[i].key < (*at)->key ? &(*at)->left : &(*at)->right;
        *at = &nodes[i];
    }
    return root;
}

static u32 depth_of(const struct node *tree, u32 key)
{
    u32 depth = 0;
    while (tree && tree->key != key) {
        tree = key < tree->key ? tree->left : tree->right;
        depth++;
    }
    return depth;
}

int main(int argc, char *argv[])
{
    u32 n = number(argc > 1 ? argv[1] : NULL, 16384), sum = SUM_START, steps = 0, state = 31;
    struct node *nodes = make_cycle(n), *at = nodes;
    do {
        at = at->next;
        steps++;
    } while (at != nodes);
    for (u32 i = 0; i < 40 * n; i++)
        at = at->next;
    for (u32 i = 0; i < n; i++, at = at->next)
        sum = mix(sum, at->key);
    struct node *root = make_tree(nodes, n);
    for (u32 i = 0; i < n; i++)
        sum = mix(sum, depth_of(root, i & 1 ? random_next(&state) : nodes[i].key));
    return report("chase", steps == n && at == nodes, known, n, sum, "%u nodes: list and tree", n);
}
