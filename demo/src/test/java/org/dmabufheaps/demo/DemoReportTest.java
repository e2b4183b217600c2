// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoReportTest {
  private static final long PID = 4711;

  @Test
  void theTableIsAlignedAndTellsAll() {
    DemoReport report = perfect(200);
    assertEquals(List.of(), report.deviations());
    assertEquals(
        """
        heap                       system, backing memfd
        frames sent                           200
        frames checked                        200
        marks read back                       200
        pixels checked                     20,000
        pixels differing                        0
        buffers shared                          1
        bytes shared                       30,000
        bytes through the socket           12,800
        copies counted                          0
        latency, median                       100 us
        latency, 99th percentile              198 us
        heap restarts                           1
        buffers live                            0
        descriptors left                        0
        receiver pid                         4711
        picture                    /tmp/frame.png
        """,
        report.table());
  }

  @Test
  void oneFrameIsItsOwnMedianAndPercentile() {
    String table = perfect(1).table();
    assertTrue(table.contains("latency, median                         1 us"), table);
    assertTrue(table.contains("latency, 99th percentile                1 us"), table);
  }

  @Test
  void whatDiffersIsTold() {
    DemoReport report = perfect(2);
    report.pixels(1, checked(1, 7, 3), 100);
    report.transport(1, 7, 8, 64);
    report.transport(1, 7, 7, 96);
    report.shared(2, 7, new Message(Message.Kind.TAKEN, 2, 0, 9, 4096));
    report.mark(1, 0);
    report.restarted();
    report.ended(64, 2, 1);
    assertEquals(
        List.of(
            "frame 1: 3 of 100 pixels differ, in frame 1",
            "frame 1: a copy: inode 7 here, 8 there, 64 bytes through the socket",
            "frame 1: a copy: inode 7 here, 7 there, 96 bytes through the socket",
            "slot 2: inode 7 here, slot 2 with inode 9 at the receiver",
            "frame 1: the mark reads 0x0",
            "heap restarts: 2, not 1",
            "buffers live: 2, not 0",
            "descriptors left: 1, not 0"),
        report.deviations());
  }

  @Test
  void whatDidNotHappenIsTold() {
    assertEquals(
        List.of(
            "frames sent: 0, not 5",
            "frames checked: 0, not 5",
            "marks read back: 0, not 5",
            "heap restarts: 0, not 1"),
        new DemoReport(PID, 5).deviations());
  }

  @Test
  void anAnswerForAnotherFrameIsADeviation() {
    DemoReport report = perfect(2);
    report.pixels(1, checked(0, 7, 0), 100);
    assertEquals(List.of("frame 1: 0 of 100 pixels differ, in frame 0"), report.deviations());
  }

  @Test
  void manyDeviationsAreCutShort() {
    DemoReport report = perfect(2);
    for (int i = 0; i < 50; i++) {
      report.deviates("number %d", i);
    }
    assertEquals(11, report.deviations().size());
    assertEquals("and 40 more", report.deviations().get(10));
  }

  private static DemoReport perfect(int frames) {
    DemoReport report = new DemoReport(PID, frames);
    report.ran("system, backing memfd", "", Path.of("/tmp/frame.png"));
    report.shared(0, 7, new Message(Message.Kind.TAKEN, 0, 0, 7, 4096));
    for (int frame = 0; frame < frames; frame++) {
      report.sent(150);
      report.checked(frame, checked(frame, 7, 0), (frames - frame) * 1000L, 100);
      report.transport(frame, 7, 7, 64);
      report.mark(frame, Message.mark(PID, frame));
    }
    report.restarted();
    report.ended(frames * 64L, 0, 0);
    return report;
  }

  private static Message checked(int frame, long inode, long differing) {
    return new Message(Message.Kind.CHECKED, 0, frame, inode, differing);
  }
}
