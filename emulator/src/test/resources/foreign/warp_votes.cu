// Votes and matches over a warp, and a partition of its lanes by predicate.
extern "C" __global__ void warp_votes(const int *in, unsigned *out) {
  int v = in[threadIdx.x];
  unsigned *o = out + 6 * threadIdx.x;
  o[0] = __ballot_sync(0xffffffff, v > 0);
  o[1] = __any_sync(0xffffffff, v == 7);
  o[2] = __all_sync(0xffffffff, v < 100);
  o[3] = __match_any_sync(0xffffffff, v);
  if (v & 1) {
    o[4] = __ballot_sync(__activemask(), v > 3);
  } else {
    o[4] = __ballot_sync(__activemask(), v > 5);
  }
  __syncwarp();
  o[5] = __reduce_add_sync(0xffffffff, (unsigned)v);
}
