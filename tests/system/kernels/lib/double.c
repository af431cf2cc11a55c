/* Double faults through a task gate: whatever stack the case left, the handler has its own. */
#include "kernel.h"

static struct tss df_tss;
static u8 df_stack[512];
void df_task(void);
asm(".pushsection .text.handlers,\"ax\"\n.globl df_task\ndf_task:\n"
  " movl %esp, %eax\n pushl %eax\n call df_report\n"
  " movl kernel_esp, %esp\n popl %edi\n popl %esi\n popl %ebp\n popl %ebx\n ret\n.popsection");
void df_report(u32 *stack) {
  put("#DF task: error %x at depth %d, link %w, NT %d, TS %d\n", stack[0],
    (u32)(df_stack + sizeof df_stack) - (u32)stack, df_tss.link, flags() >> 14 & 1, cr0() >> 3 & 1);
  put("  saved cs=%w fl=%x ss=%w eax=%x ecx=%x\n", tss.cs, tss.eflags, tss.ss, tss.eax, tss.ecx);
  set_flags(2);
  set_cr0(cr0() & ~8u);
}

void double_task(const char *name, const void *code) {
  fill(&df_tss, 0, sizeof df_tss);
  df_tss.eip = (u32)df_task; df_tss.cs = KCODE; df_tss.eflags = 2;
  df_tss.ss = df_tss.ds = df_tss.es = df_tss.fs = df_tss.gs = KDATA;
  df_tss.esp = (u32)(df_stack + sizeof df_stack);
  df_tss.map = sizeof df_tss;
  df_tss.cr3 = cr3();
  segment(FREE + 8, (u32)&df_tss, sizeof df_tss - 1, TSS32, 0);
  gate(&idt[8], FREE + 8, 0, TASK, 0);
  put("%s: ", name);
  place_case(code);
  enter_case(&start);
  put("  eip +%h busy bits %b %b\n", tss.eip - start.eip, gdt[MAIN_TSS >> 3][1] >> 8 & 0xff, gdt[(FREE + 8) >> 3][1] >> 8 & 0xff);
  reload_tasks();
  default_handlers();
}
