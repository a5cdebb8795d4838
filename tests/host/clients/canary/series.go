package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"connectrpc.com/connect"
	googlev1 "github.com/grafana/pyroscope/api/gen/proto/go/google/v1"
	querierv1 "github.com/grafana/pyroscope/api/gen/proto/go/querier/v1"
	typesv1 "github.com/grafana/pyroscope/api/gen/proto/go/types/v1"
	"google.golang.org/protobuf/proto"
)

// One series with one point, of the service alone.
func (c *canary) onePoint(ctx context.Context, exemplars typesv1.ExemplarType) (*typesv1.Point, error) {
	got, err := c.query.SelectSeries(ctx, connect.NewRequest(&querierv1.SelectSeriesRequest{
		ProfileTypeID: pprofType, LabelSelector: c.selector(), Start: c.start(), End: c.end(),
		Step: 1000, GroupBy: []string{"service_name"}, ExemplarType: exemplars}))
	if err != nil {
		return nil, err
	}
	if len(got.Msg.Series) != 1 || len(got.Msg.Series[0].Points) != 1 {
		return nil, fmt.Errorf("expected one series of one point, got %v", got.Msg.Series)
	}
	series := got.Msg.Series[0]
	return series.Points[0],
		expect("labels", labelMap(series.Labels), map[string]string{"service_name": c.service})
}

func (c *canary) selectSeries(ctx context.Context) error {
	point, err := c.onePoint(ctx, typesv1.ExemplarType_EXEMPLAR_TYPE_NONE)
	if err != nil {
		return err
	}
	return expect("value", point.Value, 30.0)
}

func (c *canary) exemplars(ctx context.Context) error {
	point, err := c.onePoint(ctx, typesv1.ExemplarType_EXEMPLAR_TYPE_INDIVIDUAL)
	if err != nil {
		return err
	}
	if len(point.Exemplars) != 1 || point.Exemplars[0].Value != 30 {
		return fmt.Errorf("expected one exemplar of value 30, got %v", point.Exemplars)
	}
	// Its id chooses the profile.
	request := c.ask()
	request.ProfileIdSelector = []string{point.Exemplars[0].ProfileId}
	got, err := c.merged(ctx, request)
	if err != nil {
		return err
	}
	return first(expect("id", strings.ReplaceAll(point.Exemplars[0].ProfileId, "-", ""),
		strings.ReplaceAll(profileID, "-", "")), shape(got.Flamegraph, 3, 3, 30))
}

func (c *canary) heatmap(ctx context.Context) error {
	for kind, want := range map[querierv1.HeatmapQueryType]int32{
		querierv1.HeatmapQueryType_HEATMAP_QUERY_TYPE_INDIVIDUAL: 1,
		querierv1.HeatmapQueryType_HEATMAP_QUERY_TYPE_SPAN:       1,
	} {
		got, err := c.query.SelectHeatmap(ctx, connect.NewRequest(&querierv1.SelectHeatmapRequest{
			ProfileTypeID: pprofType, LabelSelector: c.selector(), Start: c.start(), End: c.end(),
			Step: 1000, QueryType: kind}))
		if err != nil {
			return err
		}
		sum := int32(0)
		for _, series := range got.Msg.Series {
			for _, slot := range series.Slots {
				for _, count := range slot.Counts {
					sum += count
				}
			}
		}
		if err := expect(kind.String(), sum, want); err != nil {
			return err
		}
	}
	return nil
}

func (c *canary) diff(ctx context.Context) error {
	got, err := c.query.Diff(ctx, connect.NewRequest(
		&querierv1.DiffRequest{Left: c.ask(), Right: c.ask()}))
	if err != nil {
		return err
	}
	graph := got.Msg.GetFlamegraph()
	return first(
		expect("names, levels", []int{len(graph.GetNames()), len(graph.GetLevels())}, []int{3, 3}),
		expect("total, left, right", []int64{graph.GetTotal(), graph.GetLeftTicks(), graph.GetRightTicks()},
			[]int64{60, 30, 30}))
}

func (c *canary) stats(ctx context.Context) error {
	got, err := c.query.GetProfileStats(ctx, connect.NewRequest(&typesv1.GetProfileStatsRequest{}))
	if err != nil {
		return err
	}
	if !got.Msg.DataIngested || got.Msg.OldestProfileTime > c.start() ||
		got.Msg.NewestProfileTime < c.start() {
		return fmt.Errorf("expected data at %d, got %v", c.start(), got.Msg)
	}
	return nil
}

// Each names what is wrong with it. The host answers at once or not at all.
func (c *canary) notValid(ctx context.Context) error {
	nodes := int64(-1)
	for name, spoil := range map[string]func(*querierv1.SelectMergeStacktracesRequest){
		"async": func(r *querierv1.SelectMergeStacktracesRequest) {
			r.Async = &querierv1.AsyncQueryRequest{
				Type: querierv1.AsyncQueryType_ASYNC_QUERY_TYPE_FORCE}
		},
		"end":      func(r *querierv1.SelectMergeStacktracesRequest) { r.End = r.Start - 1 },
		"max":      func(r *querierv1.SelectMergeStacktracesRequest) { r.MaxNodes = &nodes },
		"selector": func(r *querierv1.SelectMergeStacktracesRequest) { r.LabelSelector = "{a" },
		"type":     func(r *querierv1.SelectMergeStacktracesRequest) { r.ProfileTypeID = "a:b" },
		"id": func(r *querierv1.SelectMergeStacktracesRequest) {
			r.ProfileIdSelector = []string{"xyz"}
		},
		"span":  func(r *querierv1.SelectMergeStacktracesRequest) { r.SpanSelector = []string{"xyz"} },
		"trace": func(r *querierv1.SelectMergeStacktracesRequest) { r.TraceIdSelector = []string{"xyz"} },
	} {
		request := c.ask()
		spoil(request)
		_, err := c.merged(ctx, request)
		if code := connect.CodeOf(err); err == nil ||
			code != connect.CodeUnimplemented && code != connect.CodeInvalidArgument {
			return fmt.Errorf("%s: expected an error of the question, got %v", name, err)
		}
	}
	return nil
}

// get asks for a page.
func (c *canary) get(path string, parameters map[string]string) ([]byte, error) {
	values := url.Values{}
	for name, value := range parameters {
		values.Set(name, value)
	}
	response, err := c.http.Get(c.url + path + "?" + values.Encode())
	if err != nil {
		return nil, err
	}
	return answer(response)
}

func (c *canary) flamebearer(path string, parameters map[string]string) error {
	body, err := c.get(path, parameters)
	if err != nil {
		return err
	}
	var page struct {
		Flamebearer struct {
			Names  []string  `json:"names"`
			Levels [][]int64 `json:"levels"`
		} `json:"flamebearer"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return err
	}
	return expect("names, levels",
		[]int{len(page.Flamebearer.Names), len(page.Flamebearer.Levels)}, []int{3, 3})
}

func (c *canary) render(context.Context) error {
	return c.flamebearer("/pyroscope/render", map[string]string{
		"query": pprofType + c.selector(),
		"from":  fmt.Sprint(c.start()), "until": fmt.Sprint(c.end())})
}

func (c *canary) renderDiff(context.Context) error {
	parameters := map[string]string{}
	for _, side := range []string{"left", "right"} {
		parameters[side+"Query"] = pprofType + c.selector()
		parameters[side+"From"] = fmt.Sprint(c.start())
		parameters[side+"Until"] = fmt.Sprint(c.end())
	}
	return c.flamebearer("/pyroscope/render-diff", parameters)
}

func (c *canary) pprofPage(context.Context) error {
	body, err := c.get("/pprof", map[string]string{"type": pprofType, "match": c.selector(),
		"from": fmt.Sprint(c.start()), "until": fmt.Sprint(c.end())})
	if err != nil {
		return err
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		return err
	}
	profile := &googlev1.Profile{}
	return first(proto.Unmarshal(raw, profile),
		expect("stacks", stacks(profile), map[string]int64{"leaf<root": 10, "leaf": 20}))
}
