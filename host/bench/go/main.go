// SPDX-License-Identifier: GPL-2.0

// The workloads of ../workloads.c, as far as a program with a garbage collector can
// have them, by the allocator of the Go runtime itself.
//
// What is dropped is garbage; "free" is what the collector does of it. Two ways to see
// its cost, as lines time,ALLOCATOR,NAME,SIZE,THREADS,NS as of ../main.c:
//
//	go	with the collector as it is by default: the processor time of all
//		threads of the runtime, collections included, for each object
//	go_alloc	without it, as far as memory allows; collections are between rounds
//		and not in the time: what allocation alone costs
//
// Objects hold no pointers, and are zeroed, as all are in Go.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"syscall"
)

const (
	batchObjects = 10000
	fillObjects  = 4096
	// Bytes of garbage before a collection that is not in the time
	mostGarbage = 32 << 20
)

var (
	objects [batchObjects][]byte
	seed    uint64 = 12345
	sink    []byte
)

func draw() uint32 {
	seed ^= seed << 13
	seed ^= seed >> 7
	seed ^= seed << 17
	return uint32(seed * 0x2545f4914f6cdd1d >> 32)
}

func take(size int) []byte {
	p := make([]byte, size)
	p[0] = byte(size)
	return p
}

func pair(size int) int {
	const n = 100000
	for i := 0; i < n; i++ {
		sink = take(size)
	}
	return n
}

func batch(size int) int {
	for i := range objects {
		objects[i] = take(size)
	}
	for i := range objects {
		objects[i] = nil
	}
	return batchObjects
}

func live(size int) int {
	const n = 50000
	for i := 0; i < n; i++ {
		objects[draw()%batchObjects] = take(size)
	}
	return n
}

func fillFree(int) int {
	for i := 0; i < fillObjects; i++ {
		size := 16 + int(draw()%301)
		if draw()%100 >= 95 {
			size = 317 + int(draw()%7159)
		}
		objects[i] = take(size)
	}
	for i := 0; i < fillObjects; i++ {
		objects[i] = nil
	}
	return fillObjects
}

// Nanoseconds of all threads of the program
func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Rounds of some milliseconds, for a tenth of a second
func measure(allocator, name string, size int, run func(int) int) {
	var ops int
	var spent int64
	garbage := allocated()
	for spent < 100e6 {
		start := processorTime()
		for i := 0; i < 10; i++ {
			ops += run(size)
		}
		spent += processorTime() - start
		if allocator == "go_alloc" && allocated()-garbage > mostGarbage {
			runtime.GC()
			garbage = allocated()
		}
	}
	fmt.Printf("time,%s,%s,%d,1,%.2f\n", allocator, name, size,
		float64(spent)/math.Max(1, float64(ops)))
}

func main() {
	bySize := []struct {
		name string
		run  func(int) int
	}{{"pair", pair}, {"batch", batch}, {"live", live}}

	for _, allocator := range []string{"go", "go_alloc"} {
		debug.SetGCPercent(100)
		if allocator == "go_alloc" {
			debug.SetGCPercent(-1)
		}
		for _, work := range bySize {
			for size := 8; size <= 4096; size *= 2 {
				measure(allocator, work.name, size, work.run)
				objects = [batchObjects][]byte{}
				runtime.GC()
			}
		}
		measure(allocator, "fill_free", 0, fillFree)
		runtime.GC()
	}
}
