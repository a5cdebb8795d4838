// Sends a profile of a service with OpenTelemetry's own encoder: otlp FORM ADDRESS SERVICE. FORM is grpc,
// or for HTTP proto or json. The profile is the same each time.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/collector/pdata/pprofile/pprofileotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"dolerite/clients/payload"
)

const tenant = "clients"

func sendHTTP(address, contentType string, body []byte) error {
	request, err := http.NewRequest("POST", "http://"+address+"/v1development/profiles",
		bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set(pprofileotlp.DevelopmentVersionHeader, pprofileotlp.DevelopmentVersion)
	request.Header.Set("X-Scope-OrgID", tenant)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != 200 {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	return nil
}

func sendGRPC(address string, request pprofileotlp.ExportRequest) error {
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx := metadata.AppendToOutgoingContext(context.Background(), "x-scope-orgid", tenant)
	response, err := pprofileotlp.NewGRPCClient(connection).Export(ctx, request)
	if err != nil {
		return err
	}
	if refused := response.PartialSuccess(); refused.RejectedProfiles() != 0 {
		return fmt.Errorf("refused: %s", refused.ErrorMessage())
	}
	return nil
}

func send(form, address, service string) error {
	request := payload.Make(service, time.Unix(1800000000, 0))
	switch form {
	case "grpc":
		return sendGRPC(address, request)
	case "json":
		body, err := request.MarshalJSON()
		if err != nil {
			return err
		}
		return sendHTTP(address, "application/json", body)
	case "proto":
		body, err := request.MarshalProto()
		if err != nil {
			return err
		}
		return sendHTTP(address, "application/x-protobuf", body)
	}
	return fmt.Errorf("no form %q", form)
}

func main() {
	if err := send(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatalf("%s: %v", os.Args[1], err)
	}
}
