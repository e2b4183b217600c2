// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;

/**
 * A vendor's carveout of physical memory that is configured anew: another size, another place. The
 * memory is real, and the kernel was told to leave it alone ({@code memmap=16M$0x30000000}); where
 * bytes are is read through {@code /dev/mem}.
 *
 * <p>Each test has 4 MiB of its own: what is in quarantine stays so as long as the VM.
 */
public class PhysicalRegionsIT extends VendorTest {
  private static final Pattern MEMMAP = Pattern.compile("memmap=16M\\$(0x[0-9a-f]+)");
  private static final int MIB = 1 << 20;
  private static final int PART = 64 << 10;
  private static final long PATTERN = 0x5ca1ab1e0ddba11L;
  private static final String HEAP = "board";

  private final List<DmaBuf> buffers = new ArrayList<>();
  private FactoryConfigurations configurations;
  private Bundle carveout;
  private long leftAlone;

  @Before
  public void findMemoryAndStart() throws Exception {
    configurations = new FactoryConfigurations(context);
    carveout = TestBundle.of(Vendor.carveout()).start(context);
    Matcher memmap = MEMMAP.matcher(Files.readString(Path.of("/proc/cmdline")));
    KernelHas.need("memmap", memmap.find(), "memmap=16M$0x30000000 on its command line");
    leftAlone = Long.decode(memmap.group(1));
  }

  @After
  public void closeAll() throws Exception {
    buffers.forEach(DmaBuf::close);
    configurations.close();
    await("the heap has gone", () -> books().heaps().size() == 1);
  }

  private static Map<String, Object> values(long address, long bytes) {
    return Map.of(
        "dmabuf.heap.name",
        HEAP,
        "source",
        "physical",
        "address",
        "0x" + Long.toHexString(address),
        "bytes",
        bytes);
  }

  private void first(long address, long bytes) throws Exception {
    configurations.add("com.acme.carveout", values(address, bytes));
    service(HeapAllocator.class, named(HEAP));
    assertEquals(bytes, size());
  }

  private void configure(long address, long bytes) throws Exception {
    configurations.update(0, "dmabuf.heap.name", HEAP, values(address, bytes));
  }

  private void followed(long bytes) {
    await("it has " + bytes + " bytes: " + reason(), () -> size() == bytes);
    assertFalse(reason(), reason().contains("refused"));
  }

  private void refused(String why) {
    await("the books say so", () -> reason().contains("configuration refused"));
    assertTrue(reason(), reason().contains(why));
    log().await("configuration refused", 1);
    assertEquals(true, books().ofHeap(HEAP, "available"));
  }

  private long size() {
    return (Long) books().ofHeap(HEAP, "maxBytes");
  }

  private String reason() {
    return (String) books().ofHeap(HEAP, "reason");
  }

  /** Takes a buffer, which is zero, fills it, and finds that in physical memory. */
  private DmaBuf take(long size, long address) throws Exception {
    DmaBuf buffer = allocations().allocate(HEAP, size);
    buffers.add(buffer);
    assertEquals(OptionalLong.of(address), buffer.physicalAddress());
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
      ByteBuffer bytes = access.bytes();
      assertEquals("all zero", -1, bytes.mismatch(ByteBuffer.allocate((int) size)));
      BusyReader.fill(bytes, PATTERN);
    }
    assertEquals(PATTERN, at(address));
    assertEquals(PATTERN, at(address + size - 8));
    return buffer;
  }

  private static long at(long address) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    try (FileChannel memory = FileChannel.open(Path.of("/dev/mem"))) {
      memory.read(word, address);
    }
    return word.getLong(0);
  }

  @Test
  public void anotherSizeAndPlaceAreFollowedWhereNobodyHasABuffer() throws Exception {
    long address = leftAlone;
    first(address, 2 * MIB);
    take(2 * MIB, address).close();
    configure(address, 4 * MIB);
    followed(4 * MIB);
    take(4 * MIB, address).close();
    configure(address + MIB, MIB);
    followed(MIB);
    take(MIB, address + MIB).close();
    assertEquals("zeroed when it was freed", 0, at(address + MIB));
  }

  @Test
  public void aLiveBufferKeepsTheMemoryThatIsInTheWayOfTheNext() throws Exception {
    long address = leftAlone + 4 * MIB;
    first(address, 2 * MIB);
    DmaBuf live = take(MIB, address);
    ByteBuffer view = live.beginCpuAccess(Access.READ_WRITE).bytes();
    try (BusyReader reader = BusyReader.start(view, PATTERN)) {
      configure(address + PART, 4 * MIB - PART);
      refused("close them (heap:buffers) and configure it again");
      reader.assertReads();
      take(MIB, address + MIB).close();
      live.close();
      reader.awaitZeros();
    }
    configure(address + PART, 4 * MIB - PART);
    followed(4 * MIB - PART);
    take(PART, address + PART);
  }

  @Test
  public void memoryElsewhereIsTakenBesideALiveBufferAndItsOwnIsNotTakenAgain() throws Exception {
    long address = leftAlone + 8 * MIB;
    first(address, MIB);
    DmaBuf live = take(MIB, address);
    configure(address + 2 * MIB, 2 * MIB);
    followed(2 * MIB);
    take(PART, address + 2 * MIB).close();
    configure(address, 3 * MIB / 2);
    refused("is in use");
    take(PART, address + 2 * MIB).close();
    assertEquals("the live one's", PATTERN, at(address));
    live.close();
    await(
        "that memory is free",
        () -> {
          configure(address, 3 * MIB / 2);
          return size() == 3 * MIB / 2;
        });
    take(3 * MIB / 2, address);
  }

  @Test
  public void whatADeviceKeptIsRefusedAndThenSetAside() throws Exception {
    long address = leftAlone + 12 * MIB;
    first(address, MIB);
    DmaBuf kept = take(PART, address);
    kept.attach("camera0", Access.WRITE, () -> {});
    kept.close();
    await("it is in quarantine", () -> quarantined() == PART);
    configure(address, 2 * MIB);
    refused("or a part in quarantine");
    carveout.stop();
    carveout.start();
    service(HeapAllocator.class, named(HEAP));
    followed(2 * MIB);
    assertEquals(PART, quarantined());
    take(2 * MIB - PART, address + PART).close();
    assertThrows(HeapException.class, () -> allocations().allocate(HEAP, 2 * MIB - PART + 1));
    configure(address + PART / 2, MIB);
    followed(MIB);
    assertEquals(PART / 2, quarantined());
    take(MIB - PART / 2, address + PART);
    assertTrue(Errno.ENOMEM.is(full()));
    assertEquals("the device's", PATTERN, at(address));
    assertEquals("the device's", PATTERN, at(address + PART - 8));
  }

  private HeapException full() {
    return assertThrows(HeapException.class, () -> allocations().allocate(HEAP, 1));
  }

  private long quarantined() {
    return (Long) books().ofHeap(HEAP, "quarantinedBytes");
  }
}
