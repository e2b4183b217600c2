// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.unixfd.FrameReceiver;
import org.dmabufheaps.unixfd.FrameStream;
import org.dmabufheaps.unixfd.FrameStreams;
import org.dmabufheaps.unixfd.StreamOptions;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/**
 * The streams of one bundle. Sockets, descriptors and imported buffers are opened in that bundle's
 * name: they are in its ledger, and core closes what should be left when it has stopped.
 */
@Component(service = FrameStreams.class, scope = ServiceScope.BUNDLE)
public final class BundleStreams implements FrameStreams {
  private static final int MOST_QUEUED = 1024;

  private final BundleContext user;
  private final ServiceReference<FdSockets> socketsReference;
  private final ServiceReference<AllocationService> allocationReference;
  private final FdSockets sockets;
  private final AllocationService allocation;
  private final LinuxMemory linux;
  private final Logger log;
  private final String name;
  private PollLoop loop;
  private boolean stopped;

  /**
   * Made by Declarative Services, for each bundle that uses the service.
   *
   * @param context tells the bundle
   * @param socketsReference opens sockets
   * @param allocationReference imports buffers
   * @param linux tells what a buffer is
   * @param log takes what peers do wrong
   */
  @Activate
  public BundleStreams(
      ComponentContext context,
      @Reference(service = FdSockets.class) ServiceReference<FdSockets> socketsReference,
      @Reference(service = AllocationService.class)
          ServiceReference<AllocationService> allocationReference,
      @Reference LinuxMemory linux,
      @Reference(service = LoggerFactory.class) Logger log) {
    this.user = context.getUsingBundle().getBundleContext();
    this.socketsReference = socketsReference;
    this.allocationReference = allocationReference;
    this.sockets = user.getService(socketsReference);
    this.allocation = user.getService(allocationReference);
    this.linux = linux;
    this.log = log;
    this.name = context.getUsingBundle().getSymbolicName();
  }

  @Override
  public FrameStream open(Path socket, String caps) throws HeapException {
    return open(socket, caps, StreamOptions.DEFAULT);
  }

  @Override
  public FrameStream open(Path socket, String caps, StreamOptions options) throws HeapException {
    ByteBuffer command = Command.caps(caps);
    PollLoop serving = loop();
    boolean own = options.mode() == 0600 && options.group().isEmpty();
    FdListener listener =
        own ? sockets.listen(socket) : sockets.listen(socket, options.mode(), options.group());
    OpenStream stream =
        new OpenStream(
            serving, listener, options, command, new FrameMaker(linux), log, socket.toString());
    stream.start();
    return stream;
  }

  @Override
  public FrameReceiver connect(Path socket, int queueFrames) throws HeapException {
    if (queueFrames < 1 || queueFrames > MOST_QUEUED) {
      throw new IllegalArgumentException(
          "a receiver with " + queueFrames + " frames that wait, not 1 to " + MOST_QUEUED);
    }
    PollLoop serving = loop();
    OpenReceiver receiver =
        new OpenReceiver(
            serving, sockets.connect(socket), allocation, log, socket.toString(), queueFrames);
    receiver.start();
    return receiver;
  }

  /** The bundle's loop; begun with the first stream. */
  private PollLoop loop() throws HeapException {
    FdPoll poll = sockets.poll();
    PollLoop own = new PollLoop("dmabuf-unixfd " + name, poll, log);
    PollLoop running = settle(own);
    if (running != own) {
      poll.close();
    }
    if (running == null) {
      throw new BufferClosedException("streams of bundle " + name + ": the service was given back");
    }
    return running;
  }

  private synchronized PollLoop settle(PollLoop own) {
    if (stopped) {
      return null;
    }
    if (loop == null || loop.hasEnded()) {
      loop = own;
      loop.start();
    }
    return loop;
  }

  private synchronized PollLoop stopped() {
    stopped = true;
    return loop;
  }

  /** Ends all streams; the bundle has given the service back, or one of what is needed leaves. */
  @Deactivate
  void deactivate() {
    PollLoop running = stopped();
    if (running != null && !running.stop()) {
      log.warn("a stream of bundle {} is stuck in what depends on a frame's return", name);
    }
    unget(socketsReference);
    unget(allocationReference);
  }

  private void unget(ServiceReference<?> reference) {
    try {
      user.ungetService(reference);
    } catch (IllegalStateException e) {
      // The bundle has stopped: the framework did it.
    }
  }
}
