// What this program tells the C library's allocator. Where that is not glibc's, nothing.
#pragma once

namespace workspace {

// As many heaps as processors, instead of one a thread: most readers wait for the disk, and what lies free in
// one heap is of no use to another. Before any thread is started.
void share_heaps();

// Small blocks are joined as they are freed. Where that is left for later, a thread that happens to allocate
// joins all that another one has freed: for a tenth of a second, if that was an Analysis.
void join_free_blocks_at_once();

// Heaps grow in great steps, of which only what is used costs memory, and do not shrink: for a command, which
// reads everything once and then leaves. Otherwise each thread asks the kernel for every few pages.
void let_heaps_grow();

// What many files' reading needed for a while, and the facts that it replaced, lie scattered in the heap; a
// session that lasts all day should not carry that along. Costs milliseconds.
void give_back_memory();

}  // namespace workspace
