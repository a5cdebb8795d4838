// Package dolerite asks stored profiles from Go: a thin cover of the C interface, in one file to
// copy. A store may be one of Dolerite's own or any Go value that implements Store.
//
// The header and libdolerite_c are found through CGO_CFLAGS and CGO_LDFLAGS; test.sh shows how.
package dolerite

/*
#cgo LDFLAGS: -ldolerite_c
#include <stdlib.h>
#include <string.h>
#include "dolerite/dolerite.h"

extern dolerite_code goRead(void*, char*, uint64_t, uint64_t, int, char*, dolerite_reply*);
extern dolerite_code goPut(void*, char*, void*, size_t, int, char*, dolerite_reply*);
extern dolerite_code goHead(void*, char*, dolerite_reply*);
extern dolerite_code goList(void*, char*, char*, char*, size_t, dolerite_reply*);
extern dolerite_code goRemove(void*, char*, dolerite_reply*);
extern void goFree(void*);

// Go can't make C function pointers of its functions, C can. The casts add `const`.
static dolerite_code store_of(uintptr_t handle, dolerite_store** out, dolerite_error** error) {
  dolerite_store_callbacks c;
  memset(&c, 0, sizeof c);
  c.size = sizeof c;
  c.context = (void*)handle;
  c.read = (dolerite_code(*)(void*, const char*, uint64_t, uint64_t, int, const char*,
                             dolerite_reply*))goRead;
  c.put = (dolerite_code(*)(void*, const char*, const void*, size_t, int, const char*,
                            dolerite_reply*))goPut;
  c.head = (dolerite_code(*)(void*, const char*, dolerite_reply*))goHead;
  c.list = (dolerite_code(*)(void*, const char*, const char*, const char*, size_t,
                             dolerite_reply*))goList;
  c.remove = (dolerite_code(*)(void*, const char*, dolerite_reply*))goRemove;
  c.free_context = goFree;
  return dolerite_store_from_callbacks(&c, out, error);
}
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Code says what kind of error it is, as gRPC's codes do.
type Code int

const (
	InvalidArgument    Code = C.DOLERITE_INVALID_ARGUMENT
	NotFound           Code = C.DOLERITE_NOT_FOUND
	AlreadyExists      Code = C.DOLERITE_ALREADY_EXISTS
	FailedPrecondition Code = C.DOLERITE_FAILED_PRECONDITION
	OutOfRange         Code = C.DOLERITE_OUT_OF_RANGE
	Unimplemented      Code = C.DOLERITE_UNIMPLEMENTED
	Unavailable        Code = C.DOLERITE_UNAVAILABLE
	DataLoss           Code = C.DOLERITE_DATA_LOSS
)

// Error is every error of this package. A Store may return one to say its code.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string {
	return C.GoString(C.dolerite_code_name(C.dolerite_code(e.Code))) + ": " + e.Message
}

// take makes a Go error of what a C function returned, and frees the C one.
func take(code C.dolerite_code, err *C.dolerite_error) error {
	if code == C.DOLERITE_OK {
		return nil
	}
	defer C.dolerite_error_free(err)
	return &Error{Code(code), C.GoString(C.dolerite_error_message(err))}
}

// call runs work with a call that ctx can stop. If ctx ended, its error is the result.
func call(ctx context.Context, work func(*C.dolerite_call) error) error {
	var c *C.dolerite_call
	var cerr *C.dolerite_error
	if err := take(C.dolerite_call_new(&c, &cerr), cerr); err != nil {
		return err
	}
	done, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-ctx.Done():
			C.dolerite_call_cancel(c)
		case <-done:
		}
	}()
	err := work(c)
	close(done)
	<-left // nobody cancels a call that is freed
	C.dolerite_call_free(c)
	if err != nil && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return err
}

// bytesOf is what C may read of b during a call.
func bytesOf(b []byte) (unsafe.Pointer, C.size_t) {
	return unsafe.Pointer(unsafe.SliceData(b)), C.size_t(len(b))
}

func textOf(s string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

// Store is what a Go program offers to keep objects in. Methods are called from many goroutines at
// once. Version distinguishes contents of one key; "" asks for any.
type Store interface {
	// Read returns bytes [offset, offset+length) of the object or, if fromEnd, its last length ones.
	Read(key string, offset, length uint64, fromEnd bool, version string) ([]byte, Object, error)
	// Put creates an object; with replace it may be there.
	Put(key string, data []byte, replace bool) (Object, error)
	Head(key string) (Object, error)
	// List returns the keys with the prefix that are greater than after, in order, at most limit.
	List(prefix, after string, limit int) (objects []Object, more bool, err error)
	// Delete is no error if there is no such object.
	Delete(key string) error
}

// Object describes one.
type Object struct {
	Key     string
	Size    uint64
	Version string
}

// ObjectStore is a store that blocks are read from.
type ObjectStore struct{ c *C.dolerite_store }

// OpenStore opens a directory, file://, memory: or s3:// place; options as of dolerite_store_open.
func OpenStore(uri, options string) (*ObjectStore, error) {
	curi, coptions := C.CString(uri), C.CString(options)
	defer C.free(unsafe.Pointer(curi))
	defer C.free(unsafe.Pointer(coptions))
	var c *C.dolerite_store
	var cerr *C.dolerite_error
	if err := take(C.dolerite_store_open(curi, coptions, &c, &cerr), cerr); err != nil {
		return nil, err
	}
	return newStore(c), nil
}

// Serve makes a store of a Go one.
func Serve(store Store) (*ObjectStore, error) {
	handle := cgo.NewHandle(store)
	var c *C.dolerite_store
	var cerr *C.dolerite_error
	if err := take(C.store_of(C.uintptr_t(handle), &c, &cerr), cerr); err != nil {
		handle.Delete()
		return nil, err
	}
	return newStore(c), nil
}

func newStore(c *C.dolerite_store) *ObjectStore {
	store := &ObjectStore{c}
	runtime.SetFinalizer(store, func(s *ObjectStore) { C.dolerite_store_free(s.c) })
	return store
}

// Put stores an object that is not there yet.
func (s *ObjectStore) Put(ctx context.Context, key string, data []byte) error {
	defer runtime.KeepAlive(s)
	ckey := C.CString(key)
	defer C.free(unsafe.Pointer(ckey))
	bytes, size := bytesOf(data)
	return call(ctx, func(c *C.dolerite_call) error {
		var cerr *C.dolerite_error
		return take(C.dolerite_store_put(s.c, ckey, bytes, size, 0, c, &cerr), cerr)
	})
}

// Source is what questions are asked of. Safe for many goroutines once its blocks are added.
type Source struct{ c *C.dolerite_source }

func newSource(c *C.dolerite_source) *Source {
	source := &Source{c}
	runtime.SetFinalizer(source, func(s *Source) { C.dolerite_source_free(s.c) })
	return source
}

// Open opens what a place holds: blocks, profiles, directories of them, an archive.
func Open(ctx context.Context, place, options string) (*Source, error) {
	cplace, coptions := C.CString(place), C.CString(options)
	defer C.free(unsafe.Pointer(cplace))
	defer C.free(unsafe.Pointer(coptions))
	var source *Source
	err := call(ctx, func(c *C.dolerite_call) error {
		var out *C.dolerite_source
		var cerr *C.dolerite_error
		err := take(C.dolerite_source_open(cplace, coptions, c, &out, &cerr), cerr)
		if err == nil {
			source = newSource(out)
		}
		return err
	})
	return source, err
}

// Blocks is a source of these blocks of a store.
func (s *ObjectStore) Blocks(ctx context.Context, keys ...string) (*Source, error) {
	defer runtime.KeepAlive(s)
	var out *C.dolerite_source
	var cerr *C.dolerite_error
	if err := take(C.dolerite_source_new(&out, &cerr), cerr); err != nil {
		return nil, err
	}
	source := newSource(out)
	for _, key := range keys {
		ckey := C.CString(key)
		err := call(ctx, func(c *C.dolerite_call) error {
			var cerr *C.dolerite_error
			return take(C.dolerite_source_add_block(source.c, s.c, ckey, c, &cerr), cerr)
		})
		C.free(unsafe.Pointer(ckey))
		if err != nil {
			return nil, err
		}
	}
	return source, nil
}

// Answer is one, with what it took as JSON.
type Answer struct {
	Bytes []byte
	Empty bool
	Cost  string
}

// Ask answers a question in JSON. format is "" or the name of another one than the question's.
func (s *Source) Ask(ctx context.Context, question, format string) (*Answer, error) {
	defer runtime.KeepAlive(s)
	cformat := C.CString(format)
	defer C.free(unsafe.Pointer(cformat))
	text, size := textOf(question)
	var answer *Answer
	err := call(ctx, func(c *C.dolerite_call) error {
		var out *C.dolerite_answer
		var cerr *C.dolerite_error
		err := take(C.dolerite_ask(s.c, text, size, cformat, c, &out, &cerr), cerr)
		if err != nil {
			return err
		}
		defer C.dolerite_answer_free(out)
		n := C.dolerite_answer_size(out)
		answer = &Answer{
			Bytes: unsafe.Slice((*byte)(unsafe.Pointer(C.dolerite_answer_data(out))), n),
			Empty: C.dolerite_answer_is_empty(out) != 0,
			Cost:  C.GoString(C.dolerite_answer_cost(out)),
		}
		answer.Bytes = append([]byte(nil), answer.Bytes...)
		return nil
	})
	return answer, err
}

// Build makes a block of profiles in any format that Dolerite reads; labels as JSON.
func Build(labels string, files ...[]byte) ([]byte, error) {
	var builder *C.dolerite_builder
	var cerr *C.dolerite_error
	if err := take(C.dolerite_builder_new(&builder, &cerr), cerr); err != nil {
		return nil, err
	}
	defer C.dolerite_builder_free(builder)
	clabels := C.CString(labels)
	defer C.free(unsafe.Pointer(clabels))
	for i, file := range files {
		data, size := bytesOf(file)
		err := take(C.dolerite_builder_add(builder, data, size, clabels, nil, &cerr), cerr)
		if err != nil {
			return nil, fmt.Errorf("file %d: %w", i, err)
		}
	}
	var out *C.dolerite_bytes
	if err := take(C.dolerite_builder_finish(builder, nil, &out, &cerr), cerr); err != nil {
		return nil, err
	}
	defer C.dolerite_bytes_free(out)
	return C.GoBytes(unsafe.Pointer(C.dolerite_bytes_data(out)), C.int(C.dolerite_bytes_size(out))), nil
}

// codeOf tells C how a method of a Store ended.
func codeOf(err error, reply *C.dolerite_reply) C.dolerite_code {
	if err == nil {
		return C.DOLERITE_OK
	}
	code := C.dolerite_code(C.DOLERITE_UNKNOWN)
	var known *Error
	if errors.As(err, &known) {
		code = C.dolerite_code(known.Code)
	}
	text := C.CString(err.Error())
	defer C.free(unsafe.Pointer(text))
	C.dolerite_reply_message(reply, text)
	return code
}

func replyObject(reply *C.dolerite_reply, object Object) {
	key, version := C.CString(object.Key), C.CString(object.Version)
	defer C.free(unsafe.Pointer(key))
	defer C.free(unsafe.Pointer(version))
	C.dolerite_reply_object(reply, key, C.uint64_t(object.Size), version)
}

func storeOf(context unsafe.Pointer) Store { return cgo.Handle(uintptr(context)).Value().(Store) }

//export goRead
func goRead(context unsafe.Pointer, key *C.char, offset, length C.uint64_t, fromEnd C.int, version *C.char, reply *C.dolerite_reply) C.dolerite_code {
	data, object, err := storeOf(context).Read(C.GoString(key), uint64(offset), uint64(length), fromEnd != 0, C.GoString(version))
	if err == nil {
		bytes, size := bytesOf(data)
		C.dolerite_reply_data(reply, bytes, size)
		replyObject(reply, object)
	}
	return codeOf(err, reply)
}

//export goPut
func goPut(context unsafe.Pointer, key *C.char, data unsafe.Pointer, size C.size_t, mode C.int, version *C.char, reply *C.dolerite_reply) C.dolerite_code {
	if mode == 2 {
		return codeOf(&Error{Unimplemented, "replacing one version"}, reply)
	}
	bytes := append([]byte(nil), unsafe.Slice((*byte)(data), size)...)
	object, err := storeOf(context).Put(C.GoString(key), bytes, mode == 1)
	if err == nil {
		replyObject(reply, object)
	}
	return codeOf(err, reply)
}

//export goHead
func goHead(context unsafe.Pointer, key *C.char, reply *C.dolerite_reply) C.dolerite_code {
	object, err := storeOf(context).Head(C.GoString(key))
	if err == nil {
		replyObject(reply, object)
	}
	return codeOf(err, reply)
}

// A page is named by its last key, from which the next one goes on.
//
//export goList
func goList(context unsafe.Pointer, prefix, after, page *C.char, limit C.size_t, reply *C.dolerite_reply) C.dolerite_code {
	from := C.GoString(after)
	if last := C.GoString(page); last > from {
		from = last
	}
	objects, more, err := storeOf(context).List(C.GoString(prefix), from, int(limit))
	if err == nil {
		for _, object := range objects {
			replyObject(reply, object)
		}
		if more && len(objects) > 0 {
			next := C.CString(objects[len(objects)-1].Key)
			defer C.free(unsafe.Pointer(next))
			C.dolerite_reply_page(reply, next)
		}
	}
	return codeOf(err, reply)
}

//export goRemove
func goRemove(context unsafe.Pointer, key *C.char, reply *C.dolerite_reply) C.dolerite_code {
	return codeOf(storeOf(context).Delete(C.GoString(key)), reply)
}

//export goFree
func goFree(context unsafe.Pointer) { cgo.Handle(uintptr(context)).Delete() }
