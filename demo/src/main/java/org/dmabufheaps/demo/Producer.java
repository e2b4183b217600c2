// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.linux.LinuxMemory;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Runs the demo once when the framework property {@code dmabuf.demo} is set, and ends the VM with
 * its status: 0 when all was as it should be, 1 otherwise. Without that property it does nothing.
 */
@Component(
    service = {},
    immediate = true)
public final class Producer {
  private static final long LEAVE_MILLIS = TimeUnit.SECONDS.toMillis(3);

  private final BundleContext context;
  private final AllocationService allocation;
  private final HeapRegistry registry;
  private final FdSockets sockets;
  private final LinuxMemory linux;
  private final DemoEnd end;
  private final Thread worker;
  private volatile Channel channel;

  /**
   * Starts the demo, if it is asked for.
   *
   * @param context gives the options
   * @param allocation imports buffers
   * @param registry tells what is live, and who provides the heap
   * @param sockets connects the processes
   * @param linux tells inodes
   * @param end ends the VM
   */
  @Activate
  public Producer(
      BundleContext context,
      @Reference AllocationService allocation,
      @Reference HeapRegistry registry,
      @Reference FdSockets sockets,
      @Reference LinuxMemory linux,
      @Reference DemoEnd end) {
    this.context = context;
    this.allocation = allocation;
    this.registry = registry;
    this.sockets = sockets;
    this.linux = linux;
    this.end = end;
    worker = new Thread(() -> end.wanted().ifPresent(this::run), "dmabuf-demo");
    end.expect(worker);
    worker.setDaemon(true);
    worker.start();
  }

  private void run(Options options) {
    boolean passed = false;
    try {
      passed = demo(options);
    } catch (IOException e) {
      System.out.println("demo: FAILED: " + e.getMessage());
    } catch (RuntimeException e) {
      System.out.println("demo: FAILED: " + e);
    } finally {
      if (!passed && options.pngIsNew()) {
        dropIfEmpty(options.png());
      }
      end.is(passed);
    }
  }

  /** The place of a picture that has not come. */
  private static void dropIfEmpty(Path png) {
    try {
      if (Files.isRegularFile(png) && Files.size(png) == 0) {
        Files.delete(png);
      }
    } catch (IOException e) {
      System.out.println("demo: an empty file is left: " + png + ", " + e.getMessage());
    }
  }

  private boolean demo(Options options) throws IOException {
    long start = System.nanoTime();
    Deadline deadline = Deadline.inSeconds(options.seconds());
    DemoReport report;
    try (FrameSource source = source(options.source());
        ContainerHeap heap = new ContainerHeap(context, registry, options.heap());
        ReceiverProcess receiver = start(options, deadline)) {
      channel = receiver.channel();
      long pid = receiver.channel().expect(Message.Kind.HELLO, deadline).value();
      System.out.printf("demo: this is process %d, the receiver %d%n", pid(), pid);
      report = new DemoReport(pid, options.frames());
      if (pid != receiver.pid()) {
        report.deviates("the receiver says that it is %d, and is %d", pid, receiver.pid());
      }
      new Session(heap, allocation, linux, receiver.channel(), source, deadline, report)
          .run(options.frames(), options.png());
      int status = receiver.awaitExit(deadline);
      if (status != 0) {
        report.deviates("the receiver ended with status %d", status);
      }
      others(options, heap, report);
    }
    return tell(report, System.nanoTime() - start);
  }

  /** What programs that know nothing of Java get. */
  private void others(Options options, ContainerHeap heap, DemoReport report) {
    Deadline deadline = Deadline.inSeconds(Options.OTHERS_SECONDS);
    try {
      if (options.client().isPresent()) {
        NativeClient.run(options.client().get(), options.broker(), options.heap(), deadline);
      }
      if (options.source() == Options.Source.CLIP) {
        encode(options, heap, deadline);
      }
    } catch (IOException e) {
      report.deviates("%s", e.getMessage());
    } catch (LinkageError e) {
      report.deviates("the bundle unixfd is missing: %s", e);
    }
  }

  private void encode(Options options, ContainerHeap heap, Deadline deadline) throws IOException {
    boolean kept = options.video().isPresent();
    Path video = kept ? options.video().get() : Files.createTempFile("dmabuf-demo-", ".video");
    try {
      Pipeline.run(context, heap.await(deadline), Clip.load(), video, deadline);
    } finally {
      if (!kept) {
        Files.deleteIfExists(video);
      }
    }
  }

  private static FrameSource source(Options.Source source) throws IOException {
    return source == Options.Source.CLIP ? new ClipSource(Clip.load()) : CameraSource.open();
  }

  private ReceiverProcess start(Options options, Deadline deadline) throws IOException {
    String classPath = ClassPath.of(context);
    return ReceiverProcess.start(sockets, classPath, options.png(), options.source(), deadline);
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static boolean tell(DemoReport report, long nanos) {
    System.out.print("\n" + report.table() + "\n");
    report.deviations().forEach(deviation -> System.out.println("demo: differs: " + deviation));
    boolean passed = report.deviations().isEmpty();
    System.out.printf("demo: %s in %.1f s%n", passed ? "passed" : "FAILED", nanos / 1e9);
    return passed;
  }

  /**
   * Ends a demo that is under way. The receiver leaves with its socket.
   *
   * @throws InterruptedException when the calling thread is interrupted
   */
  @Deactivate
  public void stop() throws InterruptedException {
    worker.interrupt();
    if (channel != null) {
      channel.close();
    }
    worker.join(LEAVE_MILLIS);
  }
}
