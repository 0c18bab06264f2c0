// Insertion sort of sixteen values in a local array that is indexed dynamically.
extern "C" __global__ void local_array(const int *in, int *out) {
  int values[16];
  int base = 16 * (blockIdx.x * blockDim.x + threadIdx.x);
#pragma unroll 1
  for (int i = 0; i < 16; i++) {
    values[i] = in[base + i];
  }
#pragma unroll 1
  for (int i = 1; i < 16; i++) {
    int v = values[i];
    int j = i;
#pragma unroll 1
    while (j > 0 && values[j - 1] > v) {
      values[j] = values[j - 1];
      j--;
    }
    values[j] = v;
  }
#pragma unroll 1
  for (int i = 0; i < 16; i++) {
    out[base + i] = values[i];
  }
}
