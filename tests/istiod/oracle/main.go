// istiodoracle runs Istio's own control plane (istio.io/istio as a library, with
// its FakeDiscoveryServer) on meshes of manifests and prints what every client's
// generated Envoy cluster sends and what every workload's generated inbound
// listener accepts.
//
//	istiodoracle            reads one JSON object a line: {"path": DIR|FILE, "mesh": "meshConfig yaml, optional",
//	                        "clients": [{"namespace": ..., "labels": {...}, "gateway": bool}, ...]}, clients beside
//	                        those that every mesh has (clientsOf)
//	                        prints one JSON object a line (see Result)
//	istiodoracle PATH...    the same for these paths
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"istio.io/istio/pkg/log"
)

func main() {
	if os.Getenv("ISTIOD_LOG") == "" {
		for _, scope := range log.Scopes() {
			scope.SetOutputLevel(log.NoneLevel)
		}
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	emit := func(r *Result) {
		b, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		out.Write(b)
		out.WriteByte('\n')
		out.Flush()
	}
	if len(os.Args) > 1 {
		for _, p := range os.Args[1:] {
			emit(timed(Job{Path: p}))
		}
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	for in.Scan() {
		var job Job
		if err := json.Unmarshal(in.Bytes(), &job); err != nil {
			fmt.Fprintln(os.Stderr, "bad job:", err)
			os.Exit(2)
		}
		emit(timed(job))
	}
}

func timed(job Job) *Result {
	t0 := time.Now()
	r := runJob(job)
	r.Millis = time.Since(t0).Milliseconds()
	return r
}
