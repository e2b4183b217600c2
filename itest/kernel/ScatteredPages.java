// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Touches more pages, in random order, than a host lets a process map one by one at first. */
final class ScatteredPages {
  private static final int PAGES = 100_000;
  private static final int PAGE_BYTES = 4096;

  public static void main(String[] args) throws IOException {
    Path path = Files.createTempFile("scattered", null); // in the guest's memory
    try (FileChannel file =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      touch(file.map(FileChannel.MapMode.READ_WRITE, 0, PAGES * PAGE_BYTES));
    } finally {
      Files.delete(path);
    }
  }

  private static void touch(ByteBuffer memory) {
    List<Integer> order = new ArrayList<>();
    for (int page = 0; page < PAGES; page++) {
      order.add(page);
    }
    Collections.shuffle(order, new Random(1));
    for (int page : order) {
      memory.putInt(page * PAGE_BYTES, page);
    }
    for (int page = 0; page < PAGES; page++) {
      if (memory.getInt(page * PAGE_BYTES) != page) {
        throw new IllegalStateException("page " + page + " is another's");
      }
    }
    System.out.println(PAGES + " scattered pages hold what was written");
  }
}
