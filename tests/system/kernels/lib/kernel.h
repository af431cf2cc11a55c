/* What every test kernel builds on: printing, tables, and running snippets ("cases") at any level,
   whose end - an exception, or int 0x20 - is printed with all that the processor told. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* Selectors of the fixed descriptors; free ones follow. */
enum {
  KCODE = 0x08, KDATA = 0x10, UCODE = 0x1b, UDATA = 0x23, MAIN_TSS = 0x28,
  CODE1 = 0x31, DATA1 = 0x39, CODE2 = 0x42, DATA2 = 0x4a,
  KCODE16 = 0x50, KDATA16 = 0x58, UCODE16 = 0x63, UDATA16 = 0x6b,
  FREE = 0x80, GDT_ENTRIES = 128, LDT_ENTRIES = 32, DONE = 0x20
};

/* Access bytes and flag nibbles of descriptors. */
enum {
  P = 0x80, DPL0 = 0, DPL1 = 0x20, DPL2 = 0x40, DPL3 = 0x60, SEG = 0x10,
  DATA_RO = 0x90, DATA_RW = 0x92, DATA_DOWN_RO = 0x94, DATA_DOWN = 0x96,
  CODE_X = 0x98, CODE_RX = 0x9a, CODE_CX = 0x9c, CODE_CRX = 0x9e,
  TSS16 = 0x81, LDT = 0x82, BUSY16 = 0x83, CALL16 = 0x84, TASK = 0x85, INT16 = 0x86, TRAP16 = 0x87,
  TSS32 = 0x89, BUSY32 = 0x8b, CALL32 = 0x8c, INT32 = 0x8e, TRAP32 = 0x8f,
  BIG = 4, PAGES = 8
};

enum { CF = 1, ZF = 0x40, TF = 0x100, IF = 0x200, DF = 0x400, OF = 0x800, IOPL3 = 0x3000, NT = 0x4000,
  RF = 0x10000, VM = 0x20000, AC = 0x40000, VIF = 0x80000, VIP = 0x100000, ID = 0x200000 };

struct context {
  u32 gs, fs, es, ds, edi, esi, ebp, ebx, edx, ecx, eax;
  u32 eip, cs, eflags, esp, ss;
  u32 ves, vds, vfs, vgs;
};

/* What the stub left, from the lowest address on; `words` is what the processor pushed. */
struct frame {
  u32 gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, vector;
  u32 words[16];
};

struct outcome {
  u32 vector, has_error, error, eip, cs, eflags, esp, ss, has_outer, cr2;
  struct frame *frame;
};

struct tss {
  u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
  u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
  u32 es, cs, ss, ds, fs, gs, ldt;
  u16 trap, map;
  u8 redirection[32];
  u8 bitmap[256];
};

struct table { u16 limit; u32 base; } __attribute__((packed));

extern u32 gdt[GDT_ENTRIES][2], ldt[LDT_ENTRIES][2], idt[256][2];
extern struct tss tss;
extern u8 stubs[], cases_begin[], kernel_end[];
extern u8 case_stack_top[], trap_stack_top[], trap_stack[];
/* Where the next case begins; `run` makes it the default again afterwards. */
extern struct context start;
extern struct outcome result;
extern u32 kernel_esp, caught_ss;

void put(const char *format, ...); /* %s text, %x 8 digits, %w 4, %b 2, %d decimal, %h as short as it is */
void finish(void) __attribute__((noreturn));
void prepare(void);
int main(void);

void segment(u32 selector, u32 base, u32 limit, u32 access, u32 flags);
void gate(u32 (*entry)[2], u32 selector, u32 offset, u32 access, u32 parameters);
void handler(u32 vector, void *code, u32 access);
void default_handlers(void);
void load_gdt(u32 limit);
void load_idt(u32 limit);
void reload_tasks(void);
/* Levels 0-3 with flat segments and an own stack. */
void at_level(u32 level);
/* 16-bit code and stack at level 0 or 3; the code segment begins at the snippet, the stack at linear 0x70000. */
void in_16bit(u32 level);
void in_v86(u32 iopl);
/* Makes `start` begin at a snippet (for those who call enter_case themselves). */
void place_case(const void *code);
/* Runs from `start` at `code`; fills `result`. */
void run(const void *code);
void show(const char *name);
/* The usual: run and show. */
void go(const char *name, const void *code);
/* For tables: runs, and prints eax or the exception, and the offset, on the same line. */
void brief(const void *code);
/* Runs a case that ends in #DF, and prints what the handling task finds; uses FREE + 8. */
void double_task(const char *name, const void *code);
void title(const char *text);

u32 *enter_case(struct context *);

/* A snippet in Intel syntax that ends by int 0x20, as a value: its address. */
#define CASE_OF(bits, text) ({ const void *at_; \
  asm volatile(".pushsection .cases,\"ax\"\n .balign 16\n .code" bits "\n .intel_syntax noprefix\n771: " text \
    "\n int 0x20\n hlt\n .att_syntax prefix\n .code32\n .popsection\n movl $771b, %0" : "=r"(at_)); at_; })
#define CASE(text) CASE_OF("32", text)
#define CASE16(text) CASE_OF("16", text)

static inline void out8(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 cr0(void) { u32 v; asm volatile("movl %%cr0, %0" : "=r"(v)); return v; }
static inline void set_cr0(u32 v) { asm volatile("movl %0, %%cr0" : : "r"(v) : "memory"); }
static inline u32 cr2(void) { u32 v; asm volatile("movl %%cr2, %0" : "=r"(v)); return v; }
static inline void set_cr2(u32 v) { asm volatile("movl %0, %%cr2" : : "r"(v)); }
static inline u32 cr3(void) { u32 v; asm volatile("movl %%cr3, %0" : "=r"(v)); return v; }
static inline void set_cr3(u32 v) { asm volatile("movl %0, %%cr3" : : "r"(v) : "memory"); }
static inline u32 cr4(void) { u32 v; asm volatile("movl %%cr4, %0" : "=r"(v)); return v; }
static inline void set_cr4(u32 v) { asm volatile("movl %0, %%cr4" : : "r"(v) : "memory"); }
#define GET_DR(n) ({ u32 v_; asm volatile("movl %%dr" #n ", %0" : "=r"(v_)); v_; })
#define SET_DR(n, v) asm volatile("movl %0, %%dr" #n : : "r"((u32)(v)) : "memory")
static inline u32 flags(void) { u32 v; asm volatile("pushfl; popl %0" : "=r"(v)); return v; }
static inline void set_flags(u32 v) { asm volatile("pushl %0; popfl" : : "r"(v) : "memory", "cc"); }
static inline void fill(void *at, u8 value, u32 size) { for (u8 *p = at; size--; ) *p++ = value; }
static inline void copy(void *to, const void *from, u32 size) { u8 *t = to; const u8 *f = from; while (size--) *t++ = *f++; }
static inline u32 *entry_of(u32 selector) { return selector & 4 ? ldt[selector >> 3] : gdt[selector >> 3]; }
