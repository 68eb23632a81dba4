// An immutable value that several hold, or none: a shared_ptr of half the size. Safe to copy and to drop on
// any thread.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <utility>

namespace workspace {

// Derived from a class, so that the count lies where the value leaves room at its end.
template <class T>
struct Counted : T, boost::intrusive_ref_counter<Counted<T>> {
  explicit Counted(T value) : T(std::move(value)) {}
};

// Compares as a pointer: the same one, not an equal one.
template <class T>
using RefPtr = boost::intrusive_ptr<const Counted<T>>;

template <class T>
RefPtr<T> make_ref(T value) {
  return RefPtr<T>(new Counted<T>(std::move(value)));
}

}  // namespace workspace
