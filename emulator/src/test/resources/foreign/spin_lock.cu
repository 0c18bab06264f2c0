// Every thread takes one lock: lanes of a warp must make progress independently of each other.
extern "C" __global__ void spin_lock(int *lock, volatile int *counter) {
  bool done = false;
  while (!done) {
    if (atomicCAS(lock, 0, 1) == 0) {
      __threadfence();
      *counter = *counter + 1;
      __threadfence();
      atomicExch(lock, 0);
      done = true;
    }
  }
}
