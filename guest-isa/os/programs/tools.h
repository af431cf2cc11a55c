/* The small commands, by the file that holds them. */
#ifndef PUPA_TOOLS_H
#define PUPA_TOOLS_H
#include "pupa.h"

#define TOOL(name) int tool_##name(int argc, char **argv)
TOOL(ls); TOOL(cat); TOOL(echo); TOOL(cp); TOOL(rm); TOOL(mkdir); TOOL(wc); TOOL(hexdump); TOOL(grep);
TOOL(ps); TOOL(mem); TOOL(cpu); TOOL(uname); TOOL(kill); TOOL(sleep); TOOL(yes); TOOL(true); TOOL(false);

#endif
