// The functions that CUDA's mathematics expands into long instruction sequences.
extern "C" __global__ void float_functions(const float *in, float *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) {
    return;
  }
  float x = in[i];
  float *o = out + 8 * i;
  o[0] = sqrtf(fabsf(x));
  o[1] = expf(x);
  o[2] = logf(fabsf(x) + 1.0f);
  o[3] = sinf(x);
  o[4] = 1.0f / (x * x + 1.0f);
  o[5] = rsqrtf(x * x + 2.0f);
  o[6] = floorf(x) + ceilf(x) + rintf(x) + truncf(x);
  o[7] = fmodf(x, 1.5f);
}
