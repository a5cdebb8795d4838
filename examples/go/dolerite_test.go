package dolerite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
)

// memory is a store of a Go program.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	reads   int
}

func (m *memory) find(key string) ([]byte, Object, error) {
	data, ok := m.objects[key]
	if !ok {
		return nil, Object{}, &Error{NotFound, "no " + key}
	}
	return data, Object{key, uint64(len(data)), "1"}, nil
}

func (m *memory) Read(key string, offset, length uint64, fromEnd bool, version string) ([]byte, Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	data, object, err := m.find(key)
	if err != nil {
		return nil, object, err
	}
	if version != "" && version != object.Version {
		return nil, object, &Error{FailedPrecondition, "another version"}
	}
	if fromEnd {
		length = min(length, object.Size)
		offset = object.Size - length
	}
	if offset > object.Size || length > object.Size-offset {
		return nil, object, &Error{OutOfRange, "past the end"}
	}
	return data[offset : offset+length], object, nil
}

func (m *memory) Put(key string, data []byte, replace bool) (Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok && !replace {
		return Object{}, &Error{AlreadyExists, key}
	}
	m.objects[key] = data
	return Object{key, uint64(len(data)), "1"}, nil
}

func (m *memory) Head(key string) (Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, object, err := m.find(key)
	return object, err
}

func (m *memory) List(prefix, after string, limit int) ([]Object, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var objects []Object
	for key, data := range m.objects {
		if strings.HasPrefix(key, prefix) && key > after {
			objects = append(objects, Object{key, uint64(len(data)), "1"})
		}
	}
	sort.Slice(objects, func(i, j int) bool { return objects[i].Key < objects[j].Key })
	if len(objects) > limit {
		return objects[:limit], true, nil
	}
	return objects, false, nil
}

func (m *memory) Delete(key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}

const question = `{"question":"tree","selection":{"profile_type":"cpu"},"answer":{"format":"folded"}}`

// bundled builds a block of the profiles that come with the library.
func bundled(t *testing.T) []byte {
	t.Helper()
	paths, err := filepath.Glob("../data/checkout/v*/*/*.cpu.pb.gz")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no bundled profiles: %v", err)
	}
	var files [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	block, err := Build(`{"service_name":"checkout"}`, files...)
	if err != nil {
		t.Fatal(err)
	}
	return block
}

func TestStoreOfGo(t *testing.T) {
	ctx := context.Background()
	mine := &memory{objects: map[string][]byte{}}
	store, err := Serve(mine)
	if err != nil {
		t.Fatal(err)
	}
	block := bundled(t)
	if err := store.Put(ctx, "a.block", block); err != nil {
		t.Fatal(err)
	}
	var known *Error
	if err := store.Put(ctx, "a.block", block); !errors.As(err, &known) || known.Code != AlreadyExists {
		t.Fatalf("a second put: %v", err)
	}
	source, err := store.Blocks(ctx, "a.block")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Blocks(ctx, "missing"); !errors.As(err, &known) || known.Code != NotFound {
		t.Fatalf("a missing block: %v", err)
	}

	// The same answer as from a file, on many goroutines at once.
	path := filepath.Join(t.TempDir(), "a.block")
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := Open(ctx, path, "")
	if err != nil {
		t.Fatal(err)
	}
	want, err := file.Ask(ctx, question, "")
	if err != nil || want.Empty || !strings.Contains(string(want.Bytes), "runtime.") {
		t.Fatalf("no flame graph: %v", err)
	}
	var wait sync.WaitGroup
	for i := 0; i < 4; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			got, err := source.Ask(ctx, question, "")
			if err != nil || string(got.Bytes) != string(want.Bytes) {
				t.Errorf("another answer: %v", err)
			}
		}()
	}
	wait.Wait()
	if mine.reads == 0 {
		t.Error("the store was not read")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	store, err := OpenStore("memory:", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put(ctx, "a", []byte("not a block")); err != nil {
		t.Fatal(err)
	}
	var known *Error
	if _, err := store.Blocks(ctx, "a"); !errors.As(err, &known) || known.Code != DataLoss {
		t.Fatalf("not a block: %v", err)
	}
	cancel()
	// The call may end before it hears of it; it must not fail in another way.
	if err := store.Put(ctx, "b", []byte("x")); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
