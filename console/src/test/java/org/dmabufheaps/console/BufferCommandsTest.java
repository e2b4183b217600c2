// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmabufheaps.BufferInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BufferCommandsTest {
  private final Shell shell = new Shell();

  @BeforeEach
  void addHeap() {
    shell.core.heap("system");
  }

  @AfterEach
  void stop() {
    shell.close();
  }

  @Test
  void anAllocationPrintsTheNumberThatTheBooksHave() throws Exception {
    assertEquals("buffer 41: 4.0 KiB of heap system\n", shell.run("heap:alloc system 1"));
    assertEquals(
        """
        buffer 42: 16.0 KiB of heap system
        buffer 43: 16.0 KiB of heap system
        """,
        shell.run("heap:alloc system 16k 2"));
    assertEquals("console 3", shell.core.handles.get(2).info.label);
    assertTrue(shell.core.handles.stream().allMatch(FakeCore.Buffer::isOpen));
  }

  @Test
  void manyBuffersAreToldOfInOneLineAndTheBooksAreReadOnce() throws Exception {
    shell.run("heap:alloc system 4k 10");
    int before = shell.core.looks;
    assertEquals(
        "5000 buffers, 51 to 5050: each 4.0 KiB of heap system\n",
        shell.run("heap:alloc system 4k 5000"));
    assertEquals(before + 1, shell.core.looks);
    assertEquals("freed 5010 buffers\n", shell.run("heap:free --all"));
  }

  @Test
  void anotherBundlesLabelDoesNotConfuse() throws Exception {
    BufferInfo info = new BufferInfo();
    info.handleId = 7;
    info.label = "console 1";
    shell.core.buffers.add(info);
    assertEquals("buffer 41: 4.0 KiB of heap system\n", shell.run("heap:alloc system 1"));
  }

  @Test
  void anAllocationThatCannotBeSaysWhatToDo() {
    assertEquals("usage: heap:alloc NAME SIZE [COUNT]", shell.fail("heap:alloc system"));
    assertEquals(
        "\"4kb\" is no size: write 4096, 4k, 16m or 1GiB", shell.fail("heap:alloc system 4kb"));
    assertEquals("a buffer can't have 0 bytes", shell.fail("heap:alloc system 0"));
    assertEquals(
        "allocating from heap x: ENODEV; heap:list shows the heaps that there are",
        shell.fail("heap:alloc x 4k"));
    assertEquals(
        "allocating 1073741824 of a budget of 16 MiB: ENOMEM;"
            + " heap:budget and heap:list show what is taken",
        shell.fail("heap:alloc system 1g"));
    assertEquals(
        "0 is no count from 1 to 1000000; usage: heap:alloc NAME SIZE [COUNT]",
        shell.fail("heap:alloc system 4k 0"));
    assertEquals(
        "many is not a count; usage: heap:alloc NAME SIZE [COUNT]",
        shell.fail("heap:alloc system 4k many"));
    assertTrue(shell.core.handles.isEmpty());
  }

  @Test
  void whatIsFilledIsDumped() throws Exception {
    shell.run("heap:alloc system 8k");
    assertEquals("buffer 41: 8.0 KiB of 0xab\n", shell.run("heap:fill 41 0xab"));
    String line = "ab ab ab ab ab ab ab ab  ab ab ab ab ab ab ab ab  |................|\n";
    assertEquals("00000000  " + line + "*\n00000100\n", shell.run("heap:dump 41"));
    assertEquals("00001ff0  " + line + "00002000\n", shell.run("heap:dump 41 8176"));
    shell.run("heap:fill 41 65");
    assertEquals(
        """
        00001000  41 41                                             |AA|
        00001002
        """,
        shell.run("heap:dump 41 4k 2"));
  }

  @Test
  void aBufferLargerThanAWindowIsFilledToItsEnd() throws Exception {
    shell.run("heap:alloc system 3.5m");
    shell.run("heap:fill 41 1");
    assertEquals(
        """
        00000000  01 01 01 01 01 01 01 01  01 01 01 01 01 01 01 01  |................|
        *
        00380000
        """,
        shell.run("heap:dump 41 0 3.5m"));
  }

  @Test
  void aDumpBeyondTheEndIsRefused() throws Exception {
    shell.run("heap:alloc system 4k");
    assertEquals("buffer 41 has 4096 bytes, none at 4096", shell.fail("heap:dump 41 4096"));
    assertEquals("buffer 41 has 4096 bytes, none at 4096", shell.fail("heap:dump 41 0 4097"));
    assertEquals(
        "buffer 41 has 4096 bytes, none at 9223372036854775807",
        shell.fail("heap:dump 41 9223372036854775807"));
  }

  @Test
  void aByteOutOfRangeIsRefused() throws Exception {
    shell.run("heap:alloc system 4k");
    for (String value : new String[] {"256", "-1", "0x100", "a", "1.5"}) {
      assertEquals(
          value + " is no byte from 0 to 255 or 0x00 to 0xff; usage: heap:fill ID BYTE",
          shell.fail("heap:fill 41 " + value));
    }
  }

  @Test
  void freeingClosesAndForgets() throws Exception {
    shell.run("heap:alloc system 4k 2");
    assertEquals("freed buffer 42\n", shell.run("heap:free 42"));
    assertFalse(shell.core.handles.get(1).isOpen());
    assertEquals("there is no buffer 42; heap:buffers lists them", shell.fail("heap:free 42"));
    assertEquals("usage: heap:free ID...|--all", shell.fail("heap:free"));
    assertEquals(
        "all is not the number of a buffer, as heap:buffers shows it; usage:"
            + " heap:free ID...|--all",
        shell.fail("heap:free all"));
    assertEquals("freed 1 buffer\n", shell.run("heap:free --all"));
    assertEquals("The console has no buffer.\n", shell.run("heap:free --all"));
    assertTrue(shell.core.buffers.isEmpty());
  }

  @Test
  void severalBuffersAreFreedAtOnce() throws Exception {
    shell.run("heap:alloc system 4k 3");
    assertEquals("freed buffer 41\nfreed buffer 43\n", shell.run("heap:free 41 43"));
    assertEquals(1, shell.core.buffers.size());
  }

  @Test
  void anotherBundlesBufferIsNotTouched() {
    BufferInfo info = new BufferInfo();
    info.handleId = 7;
    info.owner = "com.acme.camera";
    shell.core.buffers.add(info);
    for (String line : new String[] {"fill 7 0", "dump 7", "free 7"}) {
      assertEquals(
          "buffer 7 belongs to com.acme.camera, not to the console", shell.fail("heap:" + line));
    }
  }

  @Test
  void aBufferThatWentWithItsHeapSaysSo() throws Exception {
    shell.run("heap:alloc system 4k");
    shell.core.handles.get(0).close();
    assertEquals(
        "buffer 41 is gone with its heap system; heap:alloc makes another",
        shell.fail("heap:dump 41"));
  }

  @Test
  void theBuffersAreFreedWhenTheConsoleStops() throws Exception {
    shell.run("heap:alloc system 4k 3");
    shell.bufferCommands.deactivate();
    assertTrue(shell.core.buffers.isEmpty());
    shell.run("heap:alloc system 4k");
    assertTrue(shell.core.buffers.isEmpty(), "allocated while stopping, and kept");
  }
}
