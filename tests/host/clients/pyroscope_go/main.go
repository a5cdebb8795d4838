// Pushes profiles of itself with Pyroscope's Go SDK for some seconds: pyroscope_go ADDRESS SECONDS.
// Each kind of profile has a function of its own that must be found in it.
package main

import (
	"crypto/sha256"
	"log"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/grafana/pyroscope-go"
)

var sink any

//go:noinline
func burnProcessor(until time.Time) {
	sum := sha256.Sum256(nil)
	for time.Now().Before(until) {
		for i := 0; i < 1000; i++ {
			sum = sha256.Sum256(sum[:])
		}
	}
	sink = sum
}

//go:noinline
func allocateMemory(until time.Time) {
	for time.Now().Before(until) {
		sink = make([]byte, 1<<20)
		time.Sleep(10 * time.Millisecond)
	}
}

//go:noinline
func holdMutex(mutex *sync.Mutex, until time.Time) {
	for time.Now().Before(until) {
		mutex.Lock()
		time.Sleep(2 * time.Millisecond)
		mutex.Unlock()
	}
}

//go:noinline
func waitForSender(until time.Time) {
	values := make(chan int)
	go func() {
		for time.Now().Before(until) {
			time.Sleep(5 * time.Millisecond)
			values <- 1
		}
		close(values)
	}()
	for range values {
	}
}

func main() {
	seconds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	runtime.SetMutexProfileFraction(1)
	runtime.SetBlockProfileRate(1)
	profiler, err := pyroscope.Start(pyroscope.Config{
		ApplicationName: "go.client",
		ServerAddress:   "http://" + os.Args[1],
		Tags:            map[string]string{"region": "eu"},
		TenantID:        "clients",
		UploadRate:      2 * time.Second,
		ProfileTypes: []pyroscope.ProfileType{
			pyroscope.ProfileCPU,
			pyroscope.ProfileAllocObjects, pyroscope.ProfileAllocSpace,
			pyroscope.ProfileInuseObjects, pyroscope.ProfileInuseSpace,
			pyroscope.ProfileMutexCount, pyroscope.ProfileMutexDuration,
			pyroscope.ProfileBlockCount, pyroscope.ProfileBlockDuration,
			pyroscope.ProfileGoroutines,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	until := time.Now().Add(time.Duration(seconds) * time.Second)
	var mutex sync.Mutex
	var all sync.WaitGroup
	all.Go(func() { allocateMemory(until) })
	all.Go(func() { holdMutex(&mutex, until) })
	all.Go(func() { holdMutex(&mutex, until) })
	all.Go(func() { waitForSender(until) })
	burnProcessor(until)
	all.Wait()
	if err := profiler.Stop(); err != nil {
		log.Fatal(err)
	}
}
