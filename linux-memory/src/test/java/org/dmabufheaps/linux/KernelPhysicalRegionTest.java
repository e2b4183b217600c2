// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A region through the real {@code /dev/mem}: of memory that the kernel was told to leave alone
 * ({@code memmap=16M$0x30000000}), else of a CMA buffer's, where the kernel does not call that
 * System RAM. A second mapping shows what the region does to it.
 */
@Tag("kernel")
@Tag("physical")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class KernelPhysicalRegionTest {
  private static final long PAGE = TestKernel.real().pageSize();
  private static final int SIZE = 1 << 20;
  private static final Pattern MEMMAP = Pattern.compile("memmap=16M\\$(0x[0-9a-f]+)");

  /** With lists of this test's own. */
  private final Kernel kernel =
      TestKernel.with(TestKernel.real().sys(), Replacement.here(), LoneList.fresh());

  private final LinuxMemory linux = new LinuxMemoryService(kernel);
  private final List<String> reports = new ArrayList<>();
  private DmaBufOps owner;
  private Fd device;
  private View memory;
  private long address;

  @BeforeEach
  void findMemory() throws Exception {
    Matcher leftAlone = MEMMAP.matcher(Files.readString(Path.of("/proc/cmdline")));
    if (leftAlone.find()) {
      address = Long.decode(leftAlone.group(1));
      device = Devices.open(kernel, PhysicalMemory.MEM, Abi.O_RDWR);
      memory =
          Mapping.of(
              kernel,
              () -> device.call(fd -> Mmap.shared(kernel.sys(), fd, new Range(address, SIZE))),
              SIZE,
              new Range(0, SIZE),
              "memory left alone");
      return;
    }
    assertFalse(KernelHas.promised().contains("memmap"), "memmap=, which must be there");
    KernelHas.assume(KernelHas.CMA);
    KernelHas.assume(KernelHas.DEVMEM);
    assumeFalse(
        Files.readString(Path.of("/proc/iomem")).contains("System RAM"),
        "no memory is left alone: memmap=16M$0x30000000 on the kernel's command line");
    Way node = Way.all().stream().filter(Way::isCma).findFirst().orElseThrow();
    owner = node.allocate(linux, SIZE);
    address = PhysicalMemory.frames(List.of(owner)).get(0)[0] * PAGE;
    memory = owner.map();
  }

  @AfterEach
  void giveBack() {
    if (memory != null) {
      memory.retire();
    }
    if (owner != null) {
      owner.release();
    }
    if (device != null) {
      device.close();
    }
  }

  private Region region() throws Exception {
    return linux.region(
        RegionSource.physical(PhysicalMemory.MEM, address, SIZE),
        Placement.firstFit(),
        new TestBudget(),
        reports::add);
  }

  private long at(long offset) throws Exception {
    return memory.bytes(offset, 8).getLong();
  }

  @Test
  void whatIsWrittenIsAtTheAddressAndZeroedBeforeAndAfter() throws Exception {
    memory.bytes(5 * PAGE, 8).putLong(4711);
    try (Region region = region()) {
      assertEquals(0, at(5 * PAGE), "zeroed when it is taken");
      DmaBufOps first = region.allocate(new TestRequest(3 * PAGE));
      DmaBufOps second = region.allocate(new TestRequest(SIZE / 2));
      assertEquals(OptionalLong.of(address), first.physicalAddress());
      assertEquals(OptionalLong.of(address + 3 * PAGE), second.physicalAddress());
      View view = second.map();
      ByteBuffer bytes = view.bytes(0, SIZE / 2);
      second.beginCpuAccess(Access.READ_WRITE);
      for (int page = 0; page < SIZE / 2 / PAGE; page++) {
        bytes.putLong((int) (page * PAGE), page + 1);
      }
      second.endCpuAccess(Access.READ_WRITE);
      for (int page = 0; page < SIZE / 2 / PAGE; page++) {
        assertEquals(page + 1, at((3 + page) * PAGE), "page " + page);
      }
      second.release();
      assertEquals(0, at(3 * PAGE), "zeroed when it is freed");
      bytes.putLong(0, 4711);
      assertEquals(0, at(3 * PAGE), "a stale view does not reach it");
      first.release();
      assertEquals(SIZE, region.info().largestFreeBytes());
    }
    assertEquals(List.of(), reports);
  }

  @Test
  void whatADeviceKeepsIsLeftAsItIsByThisRegionAndTheNext() throws Exception {
    try (Region region = region()) {
      DmaBufOps slice = region.allocate(new TestRequest(PAGE));
      slice.attach("camera0", Access.WRITE);
      View view = slice.map();
      view.bytes(0, 8).putLong(4711);
      view.retire();
      slice.abandon("camera0", Access.WRITE);
      slice.release();
      assertEquals(PAGE, region.info().quarantinedBytes());
      assertTrue(reports.get(0).contains("[camera0]"), reports.toString());
    }
    try (Region next = region()) {
      assertEquals(PAGE, next.info().quarantinedBytes());
      DmaBufOps rest = next.allocate(new TestRequest(SIZE - PAGE));
      assertEquals(OptionalLong.of(address + PAGE), rest.physicalAddress());
      rest.release();
    }
    assertEquals(4711, at(0), "the device's");
  }

  @Test
  void whatTheSystemUsesIsRefused() throws Exception {
    String iomem = Files.readString(Path.of("/proc/iomem"));
    assumeTrue(iomem.contains("System RAM"), "this kernel doesn't say what it uses");
    RegionSource ram = RegionSource.physical(PhysicalMemory.MEM, address - SIZE, 2L * SIZE);
    HeapException e =
        assertThrows(
            HeapException.class,
            () -> linux.region(ram, Placement.firstFit(), new TestBudget(), reports::add));
    assertTrue(Errno.EPERM.is(e), e.getMessage());
    assertTrue(e.getMessage().contains("System RAM"), e.getMessage());
  }
}
