// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmabufheaps.bench.floor.Floor;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.product.Product;
import org.dmabufheaps.bench.report.Control;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.RawFile;
import org.dmabufheaps.bench.report.Results;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.report.Stats;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;

/** What all rows share: the product without and with its optional bundles, the floor, results. */
public final class Bench implements AutoCloseable {
  private static final int CONTROL_SAMPLES = 50;
  private static final int WARM_COUNT = 100_000;
  private static final long WARM_NANOS = 4_000_000_000L;

  private final Options options;
  private final Results results = new Results();
  private final RawFile raw;
  private final Floor floor;
  private final Random random;
  private Product plain;
  private Product pooled;

  /**
   * Makes it; the products start when they are needed first.
   *
   * @param options of the command line
   * @throws IOException when the raw data can't be written
   */
  public Bench(Options options) throws IOException {
    this.options = options;
    random = new Random(options.seed());
    floor = new Floor(options.home().resolve("target/floor.so"));
    String name = options.cell() == null ? options.name() : "cell";
    raw = new RawFile(options.results().resolve("raw"), name);
    List<String> missing = Product.missing(jars());
    if (!missing.isEmpty()) {
      results.leaveOut("all rows of the pool: not built: " + String.join(", ", missing));
    }
  }

  private Path jars() {
    return options.home().resolve("target/lib");
  }

  /**
   * Returns the client of the product without optional bundles.
   *
   * @return its client
   * @throws IOException when it doesn't start
   */
  public Client plain() throws IOException {
    if (plain == null) {
      plain = start(false);
    }
    return plain.client();
  }

  /**
   * Tells whether the optional bundles are there.
   *
   * @return whether {@link #pooled} may be called
   */
  public boolean hasPool() {
    return Product.missing(jars()).isEmpty();
  }

  /**
   * Returns the client of the product with the optional bundles.
   *
   * @return its client
   * @throws IOException when it doesn't start
   */
  public Client pooled() throws IOException {
    if (pooled == null) {
      pooled = start(true);
    }
    return pooled.client();
  }

  private Product start(boolean boltOns) throws IOException {
    Path clientJar;
    try (Stream<Path> files = Files.list(options.home().resolve("target"))) {
      clientJar =
          files
              .filter(file -> file.getFileName().toString().matches("benchmarks-.*\\.jar"))
              .findFirst()
              .orElseThrow(() -> new IOException("the client's bundle was not built"));
    }
    Product product =
        Product.start(jars(), clientJar, boltOns, boltOns ? configurations() : Map.of());
    warm(product.client());
    results.fact(boltOns ? "heap, pooled" : "heap, fresh", product.client().heap());
    return product;
  }

  /** Uses what is measured until the compiler has seen enough of it. */
  private void warm(Client client) throws IOException {
    long until = System.nanoTime() + (options.quick() ? WARM_NANOS / 10 : WARM_NANOS);
    try (Source source = client.source()) {
      for (int i = 0; i < WARM_COUNT && System.nanoTime() < until; i++) {
        source.allocate(0, 1, Sizes.B4K);
        if (i % 2 == 0) {
          source.view(0).put(0, (byte) 1);
          source.endView(0);
        }
        source.free(0, 1);
      }
      source.settle(0);
    }
  }

  /** What {@code conf/PID.cfg} says. */
  private Map<String, Map<String, String>> configurations() throws IOException {
    Path directory = options.home().resolve("conf");
    Map<String, Map<String, String>> all = new HashMap<>();
    if (!Files.isDirectory(directory)) {
      return all;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
          properties.load(reader);
        }
        Map<String, String> settings =
            properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(key -> key, properties::getProperty));
        String pid = file.getFileName().toString().replaceFirst("\\.cfg$", "");
        all.put(pid, settings);
        results.fact("configuration " + pid, settings.toString());
      }
    }
    return all;
  }

  /**
   * Returns the floor.
   *
   * @return loaded
   */
  public Floor floor() {
    return floor;
  }

  /**
   * Returns the options.
   *
   * @return of the command line
   */
  public Options options() {
    return options;
  }

  /**
   * Returns the results.
   *
   * @return so far
   */
  public Results results() {
    return results;
  }

  /**
   * Returns the source of chance.
   *
   * @return seeded by the options
   */
  public Random random() {
    return random;
  }

  /**
   * Adds a round's figure, and what it was made of.
   *
   * @param key the series
   * @param figure of this round
   * @param samples of which it is the essence
   * @throws IOException when the raw data can't be written
   */
  public void add(Key key, double figure, double... samples) throws IOException {
    int round = results.figures(key).size();
    results.add(key, figure);
    raw.write(key, round, samples.length == 0 ? new double[] {figure} : samples);
  }

  /**
   * Adds a count.
   *
   * @param key the series
   * @param count of this round
   * @throws IOException when the raw data can't be written
   */
  public void count(Key key, long count) throws IOException {
    add(key, (double) count);
  }

  /**
   * Measures what should always take the same time.
   *
   * @param row that is being measured
   * @throws IOException when the raw data can't be written
   */
  public void control(String row) throws IOException {
    long[] ns = floor.time(FloorKind.MEMSET_HOT, 1 << 20, 1, CONTROL_SAMPLES);
    double[] figures = new double[ns.length];
    for (int i = 0; i < ns.length; i++) {
      figures[i] = ns[i];
    }
    add(Control.key(row), Stats.of(figures).median(), figures);
  }

  /**
   * Says what is being done.
   *
   * @param line for people
   */
  public void say(String line) {
    System.err.println("benchmarks: " + line);
  }

  @Override
  public void close() throws IOException {
    raw.close();
    if (plain != null) {
      plain.close();
    }
    if (pooled != null) {
      pooled.close();
    }
  }
}
