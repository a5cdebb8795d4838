package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"connectrpc.com/connect"
	googlev1 "github.com/grafana/pyroscope/api/gen/proto/go/google/v1"
	pushv1 "github.com/grafana/pyroscope/api/gen/proto/go/push/v1"
	typesv1 "github.com/grafana/pyroscope/api/gen/proto/go/types/v1"
	"google.golang.org/protobuf/proto"

	"dolerite/clients/payload"
)

const (
	pprofType = "made_up:things:pieces:rounds:turns"
	otlpType  = "requests:requests:count:requests:events"
	profileID = "3f0c1a52-8d5e-4a71-9a44-0d6f1c2b7e90"
	spanID    = "00000bac2a5ab0c7"
)

// The samples `leaf` < `root` with value 10, and `leaf` with value 20 in a span.
func pprof(at time.Time) *googlev1.Profile {
	return &googlev1.Profile{
		StringTable: []string{"", "things", "pieces", "rounds", "turns", "leaf", "root",
			"profile_id", spanID},
		SampleType: []*googlev1.ValueType{{Type: 1, Unit: 2}},
		PeriodType: &googlev1.ValueType{Type: 3, Unit: 4},
		Period:     1,
		TimeNanos:  at.UnixNano(),
		Function:   []*googlev1.Function{{Id: 1, Name: 5}, {Id: 2, Name: 6}},
		Location: []*googlev1.Location{
			{Id: 1, Line: []*googlev1.Line{{FunctionId: 1}}},
			{Id: 2, Line: []*googlev1.Line{{FunctionId: 2}}},
		},
		Sample: []*googlev1.Sample{
			{LocationId: []uint64{1, 2}, Value: []int64{10}},
			{LocationId: []uint64{1}, Value: []int64{20},
				Label: []*googlev1.Label{{Key: 7, Str: 8}}},
		},
	}
}

func (c *canary) labels() []*typesv1.LabelPair {
	return []*typesv1.LabelPair{
		{Name: "__name__", Value: "made_up"},
		{Name: "service_name", Value: c.service},
		{Name: "job", Value: "clients"},
	}
}

// Twice: the second adds nothing.
func (c *canary) pushPprof(ctx context.Context) error {
	raw, err := proto.Marshal(pprof(c.pushed))
	if err != nil {
		return err
	}
	request := &pushv1.PushRequest{Series: []*pushv1.RawProfileSeries{{
		Labels:  c.labels(),
		Samples: []*pushv1.RawSample{{ID: profileID, RawProfile: raw}},
	}}}
	for range 2 {
		if _, err := c.push.Push(ctx, connect.NewRequest(request)); err != nil {
			return err
		}
	}
	return nil
}

func (c *canary) pushOTLP(_ context.Context) error {
	// At other times, so that they are two profiles.
	first := payload.Make(c.service, c.pushed)
	second := payload.Make(c.service, c.pushed.Add(time.Second))
	json, err := first.MarshalJSON()
	if err != nil {
		return err
	}
	binary, err := second.MarshalProto()
	if err != nil {
		return err
	}
	if err := c.post("application/json", json); err != nil {
		return err
	}
	return c.post("application/x-protobuf", binary)
}

func (c *canary) post(contentType string, body []byte) error {
	response, err := c.http.Post(c.url+"/v1development/profiles", contentType, bytes.NewReader(body))
	if err != nil {
		return err
	}
	_, err = answer(response)
	return err
}

// The body of an answer that is not an error.
func answer(response *http.Response) ([]byte, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, err
}
