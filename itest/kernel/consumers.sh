# SPDX-License-Identifier: Apache-2.0
# For on-devices: what real drivers do with buffers, driven by the bundles of examples/. Sourced by bash.

# Runs a line of the shell with the examples, and the system heap configured so; keeps what it prints.
with_examples() { # LINE [NAME=VALUE]...
  examples=$(mktemp -d "$work/examples.XXXXXX") || return
  cp "$top"/container/target/dmabuf-heaps/examples/*.jar "$examples" || return
  printf '%s\n' "${@:2}" >"$examples/org.dmabufheaps.heap.system.cfg"
  DMABUF_HEAPS_DEPLOY=$examples guest "$container" exec "$1" 2>&1 | tee "$examples/output"
}

printed() { # TEXT
  grep -qF -- "$1" "$examples/output" || { say "not printed: $1"; return 1; }
}

# The camera counts those that it left out, too, when the guest is slow.
ninth_frame() {
  grep -Eq '^frame (9|[1-9][0-9]+), from buffer' "$examples/output" || { say "not printed: frame 9 or later"; return 1; }
}

# Each kind of driver, on the system heap with this backing; and nothing is left.
consumers() { # BACKING
  with_examples "heap:list; display:prime system; display:roundtrip system; camera:capture system \"$work/$1-camera.png\"
    viewfinder:run; heap:buffers" "backing=$1" || return
  grep -Eq "^system +[^ ]+ +$1 " "$examples/output" || { say "not on backing $1"; return 1; }
  printed 'vgem) imports a buffer of heap system, and exports the same one' &&
    printed 'vkms) imports a buffer of heap system, and exports the same one' &&
    printed '307200 pixels, 0 differ' && printed '3072000 pixels, 0 differ' &&
    ninth_frame && [ -s "$work/$1-camera.png" ] && printed 'No buffer is open.'
}

# The system heap does not promise contiguous memory: refused, and what to take is told.
wrong_heap() {
  ! with_examples "camera:capture system \"$work/none.png\"" || { say "it was not refused"; return 1; }
  printed 'take a heap that matches (&(dmabuf.heap.exports=dma-buf)(dmabuf.heap.contiguous=true)): EFAULT' &&
    [ ! -e "$work/none.png" ]
}

choosy_camera() {
  with_examples "camera:capture system \"$work/choosy.png\"; heap:buffers" node=reserved &&
    [ -s "$work/choosy.png" ] && printed 'No buffer is open.'
}

# A heap of contiguous memory is chosen by what the camera takes, and by what both devices take.
chosen_heap() {
  with_examples "camera:capture \"$work/chosen.png\"; viewfinder:run; heap:buffers" || return
  [ -s "$work/chosen.png" ] && printed '3072000 pixels, 0 differ' && printed 'No buffer is open.' &&
    printed '(vivid) takes (&(dmabuf.heap.exports=dma-buf)(dmabuf.heap.contiguous=true))' &&
    ! grep -q 'heap system' "$examples/output"
}

camera_demo() {
  in_container demo source=camera "seconds=$patience" "png=$work/demo.png" && [ -s "$work/demo.png" ]
}
