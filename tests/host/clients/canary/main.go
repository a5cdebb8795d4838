// Pushes three small profiles with the client that Pyroscope's own tools use, asks for them in every
// way that its canary and Grafana do, and compares: canary ADDRESS. Once in protobuf, once in JSON.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"connectrpc.com/connect"
	"github.com/grafana/pyroscope/api/gen/proto/go/push/v1/pushv1connect"
	"github.com/grafana/pyroscope/api/gen/proto/go/querier/v1/querierv1connect"
)

const tenant = "canary"

// Adds the tenant to every request.
type tenantTransport struct{}

func (tenantTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("X-Scope-OrgID", tenant)
	return http.DefaultTransport.RoundTrip(request)
}

// A canary asks in one form; its service is its own.
type canary struct {
	url, service string
	http         *http.Client
	push         pushv1connect.PusherServiceClient
	query        querierv1connect.QuerierServiceClient
	pushed       time.Time
}

func newCanary(address, form string, options ...connect.ClientOption) *canary {
	url := "http://" + address
	client := &http.Client{Transport: tenantTransport{}, Timeout: 20 * time.Second}
	return &canary{
		url: url, service: "canary." + form, http: client, pushed: time.Now(),
		push:  pushv1connect.NewPusherServiceClient(client, url, options...),
		query: querierv1connect.NewQuerierServiceClient(client, url, options...),
	}
}

func main() {
	canaries := []*canary{
		newCanary(os.Args[1], "proto"),
		newCanary(os.Args[1], "json", connect.WithProtoJSON()),
	}
	faults := 0
	for _, c := range canaries {
		for _, check := range checks {
			if err := check.run(c, context.Background()); err != nil {
				fmt.Printf("%s, %s: %v\n", check.name, c.service, err)
				faults++
			}
		}
	}
	fmt.Printf("%d of %d checks failed\n", faults, len(canaries)*len(checks))
	if faults > 0 {
		os.Exit(1)
	}
}
