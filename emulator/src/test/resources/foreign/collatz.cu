// Steps of the Collatz sequence: every lane loops a different number of times, with a branch inside.
extern "C" __global__ void collatz(const unsigned int *in, int *steps, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) {
    return;
  }
  unsigned long long x = in[i];
  int count = 0;
  while (x > 1) {
    if (x & 1) {
      x = 3 * x + 1;
    } else {
      x >>= 1;
    }
    count++;
    if (count == 1000) {
      count = -1;
      break;
    }
  }
  steps[i] = count;
}
