// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

/** Bundles with a component. Apart from the components' classes, which must not know tests. */
final class Components {
  private static final String GATED =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="gated" immediate="true"
          activate="activate" deactivate="deactivate">
        <implementation class="org.dmabufheaps.itest.GatedClient"/>
        <reference name="heap" interface="org.dmabufheaps.HeapAllocator" field="heap"
            target="(dmabuf.heap.name=%s)"/>
        <reference name="events" interface="java.util.List" field="events"
            target="(itest=events)"/>
      </scr:component>
      """;

  private static final String HOLDER =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="holder" immediate="true"
          activate="activate" deactivate="deactivate">
        <implementation class="org.dmabufheaps.itest.Holder"/>
        <reference name="heap" interface="org.dmabufheaps.HeapAllocator" field="heap"
            target="(dmabuf.heap.name=system)"/>
        <reference name="allocations" interface="org.dmabufheaps.AllocationService"
            field="allocations"/>
        <reference name="sockets" interface="org.dmabufheaps.FdSockets" field="sockets"/>
      </scr:component>
      """;

  private Components() {}

  /** A bundle with a {@link GatedClient} of a heap. */
  static TestBundle gatedClient(String heap) {
    return TestBundle.named("gated-" + heap)
        .classes(GatedClient.class)
        .component("gated.xml", GATED.formatted(heap));
  }

  /** A bundle with a {@link Holder}. */
  static TestBundle holder() {
    return TestBundle.named("holder")
        .classes(Holder.class, Gift.class, BusyReader.class)
        .component("holder.xml", HOLDER);
  }
}
