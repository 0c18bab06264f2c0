// Division and remainder of 32- and 64-bit integers, signed and unsigned.
extern "C" __global__ void integer_division(const long long *a, const long long *b, long long *out,
                                            int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) {
    return;
  }
  long long x = a[i], y = b[i];
  long long *o = out + 6 * i;
  o[0] = x / y;
  o[1] = x % y;
  o[2] = (long long)((unsigned long long)x / (unsigned long long)y);
  o[3] = (long long)((unsigned long long)x % (unsigned long long)y);
  o[4] = (int)x / ((int)y | 1);
  o[5] = (unsigned)x % ((unsigned)y | 1u);
}
