/** The programs that every test run plays, with stored outcomes. */
export const QUICK_FILE = 'tests/fuzz/fixtures/programs.bin.gz';
export const QUICK_SEED = 0x0f22_0000;
export const QUICK_COUNT = 400;
