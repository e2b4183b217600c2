// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What the client's bundle offers to the benchmark outside of the framework. */
public interface Client {
  /**
   * Allocates through {@code HeapAllocator}, as any bundle does.
   *
   * @return a source for one thread
   */
  Source source();

  /**
   * Reads the books.
   *
   * @return the heap's figures
   */
  Books books();

  /**
   * Describes the heap.
   *
   * @return such as {@code system, backing memfd, exports memfd}
   */
  String heap();

  /**
   * Asks all shrinkers to give back what they can.
   *
   * @return how many bytes they gave back; 0 when there is none
   */
  long shrink();

  /**
   * Configures a component, before or after it starts.
   *
   * @param pid its persistent identity
   * @param properties its configuration
   * @throws IOException when it can't be stored
   */
  void configure(String pid, Map<String, String> properties) throws IOException;

  /**
   * Waits for a process and makes a connection that sends it each buffer.
   *
   * @param socket where it connects to; nothing may be there
   * @return the connection
   * @throws IOException when the socket can't be made
   */
  Peer listen(Path socket) throws IOException;

  /** A process that gets buffers and gives them back. */
  interface Peer extends AutoCloseable {
    /**
     * Waits until the process has connected.
     *
     * @param millis how long at most
     * @throws IOException when it has not
     */
    void accept(long millis) throws IOException;

    /**
     * Sends a slot's buffer and waits until the process has used it and let go.
     *
     * @param source a source of this client
     * @param slot allocated
     * @throws IOException when the process found something wrong or is gone
     */
    void lend(Source source, int slot) throws IOException;

    @Override
    void close();
  }
}
