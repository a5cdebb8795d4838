// What google/pprof takes to gunzip, parse and merge profiles.
//
//	pprof_merge SERIES REPETITIONS < file names
//
// Prints a line for each repetition, and the totals of what came out. Profiles are merged
// kind by kind; the kind is the word before ".pb.gz".
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/pprof/profile"
)

type file struct {
	kind string
	gz   []byte
}

func readFiles() []file {
	var files []file
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		gz, err := os.ReadFile(lines.Text())
		if err != nil {
			log.Fatal(err)
		}
		words := strings.Split(lines.Text(), ".")
		files = append(files, file{words[len(words)-3], gz})
	}
	return files
}

func parse(files []file) map[string][]*profile.Profile {
	parsed := map[string][]*profile.Profile{}
	for _, f := range files {
		p, err := profile.Parse(bytes.NewReader(f.gz))
		if err != nil {
			log.Fatal(err)
		}
		parsed[f.kind] = append(parsed[f.kind], p)
	}
	return parsed
}

func merge(files []file) map[string]*profile.Profile {
	merged := map[string]*profile.Profile{}
	for kind, profiles := range parse(files) {
		p, err := profile.Merge(profiles)
		if err != nil {
			log.Fatal(err)
		}
		merged[kind] = p
	}
	return merged
}

func totals(series string, merged map[string]*profile.Profile) {
	var lines []string
	for kind, p := range merged {
		for i, t := range p.SampleType {
			var sum int64
			for _, s := range p.Sample {
				sum += s.Value[i]
			}
			lines = append(lines, fmt.Sprintf("series=%s total=%s:%s/%s value=%d",
				series, kind, t.Type, t.Unit, sum))
		}
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
}

// Of the whole process, garbage collection too.
func cpu() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func measure(series, op string, repetitions int, run func()) {
	for i := 0; i < repetitions; i++ {
		runtime.GC()
		wallBegin, cpuBegin := time.Now(), cpu()
		run()
		fmt.Printf("series=%s op=%s procs=%d wall_ns=%d cpu_ns=%d\n", series, op,
			runtime.GOMAXPROCS(0), time.Since(wallBegin).Nanoseconds(), cpu()-cpuBegin)
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: pprof_merge SERIES REPETITIONS < file names")
	}
	repetitions, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	files := readFiles()
	totals(os.Args[1], merge(files))
	measure(os.Args[1], "parse", repetitions, func() { parse(files) })
	measure(os.Args[1], "merge", repetitions, func() { merge(files) })
}
