echo "--- numbers and data"
sort 400; sieve 2000; crc 600; lz 2000; hash 500; chase 300; words 300; digest 100
wide 20; pi 20; life 1
echo "--- calls and jumps"
vm 30
echo "--- floating point and MMX"
nbody 10; matmul 8; mandel 10; fft 512; fpu 1; mmx 3
echo "--- corners of the instruction set"
bits 50; legacy 20
echo "--- code that changes"
smc 300; mixed 600; jit 4
echo "--- the kernel"
pages 16; files 3; sched 1; precise; faults
ls /bin | wc
echo "$passed commands succeeded, $failed failed"
exit $failed
