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

  private static final String VENDOR =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s"
          activate="activate" deactivate="deactivate">
        <implementation class="org.dmabufheaps.itest.VendorHeap"/>
        <service><provide interface="org.dmabufheaps.spi.Heap"/></service>
        %2$s
        <property name="misdeed" value="%3$s"/>
        <property name="service.ranking" type="Integer" value="%4$d"/>
        <reference name="linux" interface="org.dmabufheaps.linux.LinuxMemory" field="linux"/>
        <reference name="events" interface="java.util.List" field="events"
            target="(itest=events)"/>
        <reference name="gate" interface="java.util.concurrent.CountDownLatch" field="gate"
            target="(itest=gate)"/>
      </scr:component>
      """;

  private static final String BY_NAME =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="by-name"
          immediate="true" activate="activate" deactivate="deactivate">
        <implementation class="org.dmabufheaps.itest.ByNameClient"/>
        <reference name="gate" interface="org.dmabufheaps.HeapAllocator" field="gate"
            target="(dmabuf.heap.name=%s)"/>
        <reference name="allocations" interface="org.dmabufheaps.AllocationService"
            field="allocations"/>
        <reference name="events" interface="java.util.List" field="events"
            target="(itest=events)"/>
      </scr:component>
      """;

  private static final String DEPLOYED =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="deployed-client"
          immediate="true" activate="activate" deactivate="deactivate">
        <implementation class="org.dmabufheaps.itest.DeployedClient"/>
        <reference name="heap" interface="org.dmabufheaps.HeapAllocator" field="heap"
            target="%s"/>
        <reference name="sockets" interface="org.dmabufheaps.FdSockets" field="sockets"/>
      </scr:component>
      """;

  private static final String FOLLOWING =
      """
      <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%1$s"
          immediate="true" activate="activate" deactivate="deactivate">
        <implementation class="org.dmabufheaps.itest.FollowingClient"/>
        <reference name="heap" interface="org.dmabufheaps.HeapAllocator" field="heap"
            target="%2$s" policy-option="%1$s"/>
        <reference name="events" interface="java.util.List" field="events"
            target="(itest=events)"/>
      </scr:component>
      """;

  private Components() {}

  /**
   * A bundle with a {@link FollowingClient} of the heap that a filter finds.
   *
   * @param option {@code reluctant}, as references are by default, or {@code greedy}
   */
  static TestBundle followingClient(String filter, String option) {
    return TestBundle.named("following-" + option)
        .classes(FollowingClient.class)
        .component("following.xml", FOLLOWING.formatted(option, escaped(filter)));
  }

  private static String escaped(String filter) {
    return filter.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** A bundle with a {@link DeployedClient} of a heap, found by a filter. */
  static TestBundle deployedClient(String filter) {
    return TestBundle.named("deployed-client")
        .classes(DeployedClient.class)
        .component("client.xml", DEPLOYED.formatted(escaped(filter)));
  }

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

  /** A bundle with a {@link VendorHeap}, which has its name as its own. */
  static TestBundle vendorHeap(String name, VendorHeap.Misdeed misdeed) {
    return vendorHeap(name, name, misdeed, 0);
  }

  /** A bundle with a {@link VendorHeap}; a heap without a name is null. */
  static TestBundle vendorHeap(
      String bundle, String heap, VendorHeap.Misdeed misdeed, int ranking) {
    String name =
        heap == null ? "" : "<property name=\"dmabuf.heap.name\" value=\"" + heap + "\"/>";
    return TestBundle.named(bundle)
        .classes(VendorHeap.class)
        .component("heap.xml", VENDOR.formatted(bundle, name, misdeed, ranking));
  }

  /** A bundle with a {@link ByNameClient} of a heap. */
  static TestBundle byNameClient(String heap) {
    return TestBundle.named("by-name")
        .classes(ByNameClient.class)
        .component("by-name.xml", BY_NAME.formatted(heap));
  }
}
