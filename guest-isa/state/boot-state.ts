/**
 * The processor state that a loader asks for at the first instruction. All that is not named is
 * as after reset. In `flat32` all segments are flat 4 GB ring-0 segments (the descriptors exist
 * only in the hidden registers, as multiboot and the Linux 32-bit boot protocol allow).
 */
export interface BootState {
  readonly mode: 'real' | 'flat32' | 'reset';
  readonly eip?: number;
  /** Real mode: segment values (base = value << 4). flat32: selector values shown to the guest. */
  readonly segments?: {
    readonly cs: number;
    readonly ds: number;
    readonly ss: number;
    readonly es?: number;
  };
  /** Indexed as in the encoding: eax ecx edx ebx esp ebp esi edi. */
  readonly registers?: Partial<
    Record<'eax' | 'ecx' | 'edx' | 'ebx' | 'esp' | 'ebp' | 'esi' | 'edi', number>
  >;
  /** EFLAGS.IF at the first instruction (default false). */
  readonly interrupts?: boolean;
}
