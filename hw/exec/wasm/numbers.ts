/**
 * Numbers that are given out and come back.
 */
export class Numbers {
  private readonly free: number[] = [];

  constructor(private next: number) {}

  /** All numbers that have ever been given out are less. */
  get end(): number {
    return this.next;
  }

  take(): number {
    return this.free.pop() ?? this.next++;
  }

  giveBack(n: number): void {
    this.free.push(n);
  }
}
