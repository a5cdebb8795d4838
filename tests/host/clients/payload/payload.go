// Package payload makes one OTLP profile: two samples of made-up functions.
package payload

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pprofile"
	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
)

// Make gives the samples `leaf` with value 20 and `root` > `leaf` with value 10, of the type
// requests/count per requests/events.
func Make(service string, at time.Time) pprofileotlp.ExportRequest {
	profiles := pprofile.NewProfiles()
	dictionary := profiles.Dictionary()
	// The first row of each table means "not set".
	dictionary.StringTable().FromRaw(
		[]string{"", "requests", "count", "events", "leaf", "root"})
	dictionary.MappingTable().AppendEmpty()
	dictionary.LinkTable().AppendEmpty()
	dictionary.AttributeTable().AppendEmpty()
	dictionary.FunctionTable().AppendEmpty()
	dictionary.LocationTable().AppendEmpty()
	for i, name := range []int32{4, 5} {
		dictionary.FunctionTable().AppendEmpty().SetNameStrindex(name)
		dictionary.LocationTable().AppendEmpty().Lines().AppendEmpty().SetFunctionIndex(int32(i + 1))
	}
	dictionary.StackTable().AppendEmpty()
	dictionary.StackTable().AppendEmpty().LocationIndices().FromRaw([]int32{1, 2})
	dictionary.StackTable().AppendEmpty().LocationIndices().FromRaw([]int32{1})

	resource := profiles.ResourceProfiles().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", service)
	resource.Resource().Attributes().PutStr("job", "clients")
	profile := resource.ScopeProfiles().AppendEmpty().Profiles().AppendEmpty()
	profile.SampleType().SetTypeStrindex(1)
	profile.SampleType().SetUnitStrindex(2)
	profile.PeriodType().SetTypeStrindex(1)
	profile.PeriodType().SetUnitStrindex(3)
	profile.SetPeriod(1)
	profile.SetTime(pcommon.NewTimestampFromTime(at))
	for i, value := range []int64{10, 20} {
		sample := profile.Samples().AppendEmpty()
		sample.SetStackIndex(int32(i + 1))
		sample.Values().Append(value)
	}
	return pprofileotlp.NewExportRequestFromProfiles(profiles)
}
