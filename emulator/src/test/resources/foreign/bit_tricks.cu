// Ten results a thread from the bit instructions.
extern "C" __global__ void bit_tricks(const unsigned *in, unsigned *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) {
    return;
  }
  unsigned a = in[2 * i], b = in[2 * i + 1];
  unsigned *o = out + 10 * i;
  o[0] = __popc(a);
  o[1] = __clz(a);
  o[2] = __brev(a);
  o[3] = __ffs(a);
  o[4] = __byte_perm(a, b, b & 0x7777);
  o[5] = __funnelshift_l(a, b, b);
  o[6] = __funnelshift_r(a, b, a);
  o[7] = __umulhi(a, b);
  o[8] = __sad((int)a, (int)b, 7u);
  o[9] = (a & b) | (~a & 0x0f0f0f0fu) ^ b;
}
