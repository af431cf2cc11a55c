import { describe, expect, it } from 'vitest';
import { BranchProfile, ExecutionProfile } from '../../../cms/profile/profile.js';

describe('execution profile', () => {
  it('counts each address in each context by itself', () => {
    const profile = new ExecutionProfile();
    expect([1, 2, 3].map(() => profile.count(0x1000, 0))).toEqual([1, 2, 3]);
    expect(profile.count(0x1000, 1)).toBe(1);
    expect(profile.count(0x1001, 0)).toBe(1);
    expect(profile.executions(0x1000, 0)).toBe(3);
    expect(profile.executions(0x1002, 0)).toBe(0);
  });

  it('takes addresses as signed or unsigned words alike', () => {
    const profile = new ExecutionProfile();
    profile.count(0xc0100000, 0);
    expect(profile.count(0xc0100000 | 0, 0)).toBe(2);
  });

  it('starts anew for what was forgotten', () => {
    const profile = new ExecutionProfile();
    profile.count(0x1000, 0);
    profile.forget(0x1000, 0);
    expect(profile.count(0x1000, 0)).toBe(1);
    profile.clear();
    expect(profile.executions(0x1000, 0)).toBe(0);
  });

  it('keeps what is hot and forgets what is cold when it overflows', () => {
    const profile = new ExecutionProfile(64);
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 8; i++) profile.count(0x1000 + 16 * i, 0);
      profile.count(0x400000 + 64 * round, 0);
    }
    for (let i = 0; i < 8; i++) expect(profile.executions(0x1000 + 16 * i, 0)).toBeGreaterThan(100);
    const cold = Array.from({ length: 200 }, (_, i) => profile.executions(0x400000 + 64 * i, 0));
    expect(cold.filter((n) => n > 0).length).toBeLessThanOrEqual(64 - 8);
  });

  it('lets new hot addresses displace old ones that run no more', () => {
    const profile = new ExecutionProfile(4);
    for (let i = 0; i < 4; i++) for (let n = 0; n < 1000; n++) profile.count(i, 0);
    const fresh = [10, 11, 12, 13];
    for (let n = 0; n < 1000; n++) for (const eip of fresh) profile.count(eip, 0);
    for (const eip of fresh) expect(profile.executions(eip, 0)).toBeGreaterThan(500);
  });

  it('says where its counter lies', () => {
    const profile = new ExecutionProfile();
    profile.count(0x1000, 0);
    const first = profile.lastOffset;
    profile.count(0x2000, 0);
    expect(profile.lastOffset).not.toBe(first);
    profile.count(0x1000, 0);
    expect(profile.lastOffset).toBe(first);
    expect(first % 16).toBe(0);
    expect(first).toBeLessThan(profile.sizeBytes);
  });
});

describe('branch profile', () => {
  it('tells which way a branch goes', () => {
    const profile = new BranchProfile();
    for (let i = 0; i < 10; i++) profile.note(0x1000, 0, i % 5 !== 0);
    expect(profile.bias(0x1000, 0)).toEqual({ taken: 8, notTaken: 2 });
    expect(profile.bias(0x1000, 1)).toEqual({ taken: 0, notTaken: 0 });
    profile.clear();
    expect(profile.bias(0x1000, 0)).toEqual({ taken: 0, notTaken: 0 });
  });

  it('keeps the ratio when it ages', () => {
    const profile = new BranchProfile(4);
    for (let i = 0; i < 4; i++) {
      for (let n = 0; n < 64 * (i + 1); n++) profile.note(i, 0, n % 4 !== 0);
    }
    for (let n = 0; n < 16; n++) profile.note(100 + n, 0, true);
    expect(profile.bias(0, 0)).toEqual({ taken: 0, notTaken: 0 });
    expect(profile.bias(3, 0)).toEqual({ taken: 96, notTaken: 32 });
  });
});
