package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"connectrpc.com/connect"
	googlev1 "github.com/grafana/pyroscope/api/gen/proto/go/google/v1"
	querierv1 "github.com/grafana/pyroscope/api/gen/proto/go/querier/v1"
	typesv1 "github.com/grafana/pyroscope/api/gen/proto/go/types/v1"
)

var checks = []struct {
	name string
	run  func(*canary, context.Context) error
}{
	{"push pprof", (*canary).pushPprof},
	{"push OTLP", (*canary).pushOTLP},
	{"ProfileTypes", (*canary).profileTypes},
	{"LabelNames", (*canary).labelNames},
	{"LabelValues", (*canary).labelValues},
	{"Series", (*canary).series},
	{"SelectMergeProfile", (*canary).mergeProfile},
	{"SelectMergeProfile of OTLP", (*canary).mergeOTLP},
	{"SelectMergeStacktraces", (*canary).flameGraph},
	{"other formats", (*canary).formats},
	{"call site and Go PGO", (*canary).stackSelectors},
	{"SelectMergeSpanProfile", (*canary).spanProfile},
	{"SelectSeries", (*canary).selectSeries},
	{"exemplars", (*canary).exemplars},
	{"SelectHeatmap", (*canary).heatmap},
	{"Diff", (*canary).diff},
	{"GetProfileStats", (*canary).stats},
	{"questions that are not valid", (*canary).notValid},
	{"render", (*canary).render},
	{"render-diff", (*canary).renderDiff},
	{"/pprof", (*canary).pprofPage},
}

// Questions are about the five seconds from the push on.
func (c *canary) start() int64     { return c.pushed.UnixMilli() }
func (c *canary) end() int64       { return c.start() + 5000 }
func (c *canary) selector() string { return fmt.Sprintf(`{service_name=%q, job="clients"}`, c.service) }

func expect(what string, got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s: got %v, expected %v", what, got, want)
}

// first gives the first error of several comparisons.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *canary) profileTypes(ctx context.Context) error {
	got, err := c.query.ProfileTypes(ctx, connect.NewRequest(
		&querierv1.ProfileTypesRequest{Start: c.start(), End: c.end()}))
	if err != nil {
		return err
	}
	for _, t := range got.Msg.ProfileTypes {
		if t.ID == pprofType {
			return expect("parts", []string{t.Name, t.SampleType, t.SampleUnit, t.PeriodType, t.PeriodUnit},
				strings.Split(pprofType, ":"))
		}
	}
	return fmt.Errorf("no %s in %v", pprofType, got.Msg.ProfileTypes)
}

func (c *canary) labelNames(ctx context.Context) error {
	got, err := c.query.LabelNames(ctx, connect.NewRequest(&typesv1.LabelNamesRequest{
		Start: c.start(), End: c.end(), Matchers: []string{c.selector()}}))
	if err != nil {
		return err
	}
	for _, name := range []string{"__name__", "__period_type__", "__period_unit__",
		"__profile_type__", "__service_name__", "__type__", "__unit__", "service_name", "job"} {
		if !slices.Contains(got.Msg.Names, name) {
			return fmt.Errorf("no %s in %v", name, got.Msg.Names)
		}
	}
	return nil
}

func (c *canary) labelValues(ctx context.Context) error {
	got, err := c.query.LabelValues(ctx, connect.NewRequest(&typesv1.LabelValuesRequest{
		Start: c.start(), End: c.end(), Name: "service_name", Matchers: []string{c.selector()}}))
	if err != nil {
		return err
	}
	return expect("values", got.Msg.Names, []string{c.service})
}

func labelMap(labels []*typesv1.LabelPair) map[string]string {
	out := map[string]string{}
	for _, label := range labels {
		out[label.Name] = label.Value
	}
	return out
}

func (c *canary) series(ctx context.Context) error {
	got, err := c.query.Series(ctx, connect.NewRequest(&querierv1.SeriesRequest{
		Start: c.start(), End: c.end(), LabelNames: []string{"service_name", "__profile_type__"}}))
	if err != nil {
		return err
	}
	want := map[string]string{"service_name": c.service, "__profile_type__": pprofType}
	for _, set := range got.Msg.LabelsSet {
		if reflect.DeepEqual(labelMap(set.Labels), want) {
			return nil
		}
	}
	return fmt.Errorf("no %v in %v", want, got.Msg.LabelsSet)
}

// By stack, leaf first: the sum of the first value.
func stacks(profile *googlev1.Profile) map[string]int64 {
	names := map[uint64]string{}
	for _, function := range profile.Function {
		names[function.Id] = profile.StringTable[function.Name]
	}
	frames := map[uint64]string{}
	for _, location := range profile.Location {
		for _, line := range location.Line {
			frames[location.Id] += names[line.FunctionId]
		}
	}
	out := map[string]int64{}
	for _, sample := range profile.Sample {
		var stack []string
		for _, id := range sample.LocationId {
			stack = append(stack, frames[id])
		}
		out[strings.Join(stack, "<")] += sample.Value[0]
	}
	return out
}

func (c *canary) merge(ctx context.Context, profileType string) (map[string]int64, error) {
	got, err := c.query.SelectMergeProfile(ctx, connect.NewRequest(
		&querierv1.SelectMergeProfileRequest{
			ProfileTypeID: profileType, LabelSelector: c.selector(), Start: c.start(), End: c.end()}))
	if err != nil {
		return nil, err
	}
	return stacks(got.Msg), nil
}

func (c *canary) mergeProfile(ctx context.Context) error {
	got, err := c.merge(ctx, pprofType)
	return first(err, expect("stacks", got, map[string]int64{"leaf<root": 10, "leaf": 20}))
}

func (c *canary) mergeOTLP(ctx context.Context) error {
	got, err := c.merge(ctx, otlpType)
	return first(err, expect("stacks", got, map[string]int64{"leaf<root": 20, "leaf": 40}))
}

// ask has everything that such a question needs but its format and selectors.
func (c *canary) ask() *querierv1.SelectMergeStacktracesRequest {
	return &querierv1.SelectMergeStacktracesRequest{
		ProfileTypeID: pprofType, LabelSelector: c.selector(), Start: c.start(), End: c.end()}
}

func (c *canary) merged(ctx context.Context, request *querierv1.SelectMergeStacktracesRequest) (
	*querierv1.SelectMergeStacktracesResponse, error) {
	got, err := c.query.SelectMergeStacktraces(ctx, connect.NewRequest(request))
	if err != nil {
		return nil, err
	}
	return got.Msg, nil
}

// shape compares the numbers of names and levels, and the total.
func shape(graph *querierv1.FlameGraph, names, levels int, total int64) error {
	return expect("names, levels, total of the flame graph",
		[]int64{int64(len(graph.GetNames())), int64(len(graph.GetLevels())), graph.GetTotal()},
		[]int64{int64(names), int64(levels), total})
}

func (c *canary) flameGraph(ctx context.Context) error {
	got, err := c.merged(ctx, c.ask())
	if err != nil {
		return err
	}
	return first(shape(got.Flamegraph, 3, 3, 30), expect("max_self", got.Flamegraph.MaxSelf, int64(20)))
}

func (c *canary) formats(ctx context.Context) error {
	request := c.ask()
	request.Format = querierv1.ProfileFormat_PROFILE_FORMAT_PPROF
	got, err := c.merged(ctx, request)
	if err != nil {
		return err
	}
	if err := expect("pprof", stacks(got.GetPprof().GetProfile()),
		map[string]int64{"leaf<root": 10, "leaf": 20}); err != nil {
		return err
	}
	request.Format = querierv1.ProfileFormat_PROFILE_FORMAT_DOT
	if got, err = c.merged(ctx, request); err != nil {
		return err
	}
	if !strings.HasPrefix(got.Dot, "digraph") || !strings.Contains(got.Dot, "leaf") {
		return fmt.Errorf("not a graph of leaf: %q", got.Dot)
	}
	request.Format = querierv1.ProfileFormat_PROFILE_FORMAT_TREE
	if got, err = c.merged(ctx, request); err != nil {
		return err
	}
	// The root has no name, no value of its own and two children; `root` was pushed first, so which
	// of them is last depends on the order of names alone.
	if len(got.Tree) < 3 || got.Tree[0] != 0 || got.Tree[1] != 0 || got.Tree[2] != 2 {
		return fmt.Errorf("not a tree with two roots: %v", got.Tree)
	}
	return nil
}

func (c *canary) stackSelectors(ctx context.Context) error {
	request := c.ask()
	request.StackTraceSelector = &typesv1.StackTraceSelector{
		CallSite: []*typesv1.Location{{Name: "root"}}}
	got, err := c.merged(ctx, request)
	if err != nil {
		return err
	}
	if err := shape(got.Flamegraph, 3, 3, 10); err != nil {
		return err
	}
	request.StackTraceSelector = &typesv1.StackTraceSelector{
		GoPgo: &typesv1.GoPGO{KeepLocations: 1}}
	request.Format = querierv1.ProfileFormat_PROFILE_FORMAT_PPROF
	if got, err = c.merged(ctx, request); err != nil {
		return err
	}
	return expect("PGO", stacks(got.GetPprof().GetProfile()), map[string]int64{"leaf": 30})
}

func (c *canary) spanProfile(ctx context.Context) error {
	got, err := c.query.SelectMergeSpanProfile(ctx, connect.NewRequest(
		&querierv1.SelectMergeSpanProfileRequest{
			ProfileTypeID: pprofType, LabelSelector: c.selector(), Start: c.start(), End: c.end(),
			SpanSelector: []string{spanID}}))
	if err != nil {
		return err
	}
	return shape(got.Msg.Flamegraph, 2, 2, 20)
}
