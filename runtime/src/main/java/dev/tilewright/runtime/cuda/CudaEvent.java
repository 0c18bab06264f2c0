package dev.tilewright.runtime.cuda;

import static org.bytedeco.cuda.global.cudart.CU_EVENT_DEFAULT;
import static org.bytedeco.cuda.global.cudart.cuEventCreate;
import static org.bytedeco.cuda.global.cudart.cuEventDestroy;
import static org.bytedeco.cuda.global.cudart.cuEventElapsedTime;
import static org.bytedeco.cuda.global.cudart.cuEventSynchronize;

import dev.tilewright.runtime.spi.EventDriver;
import org.bytedeco.cuda.cudart.CUevent_st;

/** An event with a time stamp; its resolution is about half a microsecond. */
final class CudaEvent extends CudaResource implements EventDriver {
  private static final double NANOS_PER_MILLI = 1e6;

  private final CUevent_st event = new CUevent_st();

  CudaEvent(CudaDevice device) {
    super(device);
    context().check(cuEventCreate(event, CU_EVENT_DEFAULT), "cuEventCreate");
  }

  CUevent_st event() {
    return event;
  }

  @Override
  public void synchronize() {
    context().enter();
    context().check(cuEventSynchronize(event), "cuEventSynchronize");
  }

  @Override
  public long nanosSince(EventDriver start) {
    context().enter();
    float[] millis = new float[1];
    context()
        .check(cuEventElapsedTime(millis, ((CudaEvent) start).event, event), "cuEventElapsedTime");
    return Math.round(millis[0] * NANOS_PER_MILLI);
  }

  @Override
  void release() {
    context().checkRelease(cuEventDestroy(event), "cuEventDestroy");
  }
}
