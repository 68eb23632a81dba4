package main

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/structpb"

	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/security/authn"
	"istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pilot/test/xds"
	istiocluster "istio.io/istio/pkg/cluster"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/labels"
	"istio.io/istio/pkg/config/schema/gvr"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/kclient/clienttest"
	"istio.io/istio/pkg/test"
	"sigs.k8s.io/gateway-api/pkg/consts"
)

type Client struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels,omitempty"`
	Gateway   bool              `json:"gateway,omitempty"`
}

type Job struct {
	Path    string   `json:"path"`
	Mesh    string   `json:"mesh,omitempty"`
	Clients []Client `json:"clients,omitempty"`
}

// Accept is what an inbound listener does with one kind of connection.
// plain, tls, mtls: "plain" (taken as it is), "terminated" (TLS ended by the sidecar), or the error.
type Port struct {
	Port  uint32 `json:"port"`
	Mode  string `json:"mode"` // authn.PolicyApplier for this port
	Plain string `json:"plain"`
	TLS   string `json:"tls"`
	MTLS  string `json:"mtls"`
	Chain string `json:"chain"` // the filter chain of a plaintext call, and its cluster
}

type Server struct {
	Namespace string            `json:"namespace"`
	Kind      string            `json:"kind"`
	Name      string            `json:"name"`
	Pod       string            `json:"pod"`
	Labels    map[string]string `json:"labels"`
	Proxy     Proxy             `json:"proxy"`
	Ports     []Port            `json:"ports"`
}

type Target struct {
	Pod   string `json:"pod"`
	Port  uint32 `json:"port"`
	Sends string `json:"sends"` // plaintext, istio-mtls, mutual, simple
}

type Cluster struct {
	Client  int      `json:"client"`
	Host    string   `json:"host"`
	Port    int      `json:"port"`
	Subset  string   `json:"subset"`
	Type    string   `json:"type"`
	TLS     string   `json:"tls"`  // auto, plaintext, istio-mtls, mutual, simple
	Rule    string   `json:"rule"` // namespace/name of the DestinationRule in the cluster's metadata
	Targets []Target `json:"targets"`
}

type Result struct {
	Path     string     `json:"path"`
	Error    string     `json:"error,omitempty"`
	Millis   int64      `json:"millis"`
	Rejected []Rejected `json:"rejected"`
	Clients  []Client   `json:"clients"`
	Servers  []Server   `json:"servers"`
	Clusters []Cluster  `json:"clusters"`
}

func runJob(job Job) *Result {
	res := &Result{Path: job.Path}
	l, err := load(job)
	if err != nil {
		res.Error = err.Error()
		return res
	}
	res.Rejected = l.Rejected
	if err := test.Wrap(func(t test.Failer) { simulate(t, job, l, res) }); err != nil {
		res.Error = err.Error()
	}
	return res
}

func simulate(t test.Failer, job Job, l *Loaded, res *Result) {
	s := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		KubernetesObjects: l.Objects, Configs: l.Configs, MeshConfig: l.Mesh,
		KubeClientModifier: func(c kubelib.Client) {
			// istiod ignores Gateway API CRDs of versions that it does not know
			clienttest.MakeCRDWithAnnotations(t, c, gvr.BackendTLSPolicy,
				map[string]string{consts.BundleVersionAnnotation: consts.BundleVersion})
		},
	})
	push := s.PushContext()
	tt := &testing.T{}

	pods := map[string]string{} // IP -> pod
	for _, w := range l.Workloads {
		pods[w.Pod.Status.PodIP] = w.Pod.Namespace + "/" + w.Pod.Name
	}
	wanted := map[string]map[uint32]bool{} // pod -> ports that a cluster aims at

	// Client side: CDS and EDS.
	res.Clients = append(clientsOf(l), job.Clients...)
	for i, c := range res.Clients {
		lab := map[string]string{}
		for k, v := range c.Labels {
			lab[k] = v
		}
		p := &model.Proxy{
			Type: model.SidecarProxy, ID: fmt.Sprintf("client-%d.%s", i, c.Namespace), ConfigNamespace: c.Namespace,
			IPAddresses: []string{fmt.Sprintf("10.77.%d.%d", i/200, i%200+1)}, Labels: lab,
			Metadata: &model.NodeMetadata{Namespace: c.Namespace, Labels: lab, ClusterID: istiocluster.ID(constants.DefaultClusterName)},
		}
		if c.Gateway {
			p.Type = model.Router
		}
		p = s.SetupProxy(p)
		clas := map[string]*endpoint.ClusterLoadAssignment{}
		for _, cla := range s.Endpoints(p) {
			clas[cla.ClusterName] = cla
		}
		for _, cl := range s.Clusters(p) {
			dir, subset, host, port := model.ParseSubsetKey(cl.Name)
			if dir != model.TrafficDirectionOutbound || host == "" {
				continue
			}
			out := Cluster{Client: i, Host: string(host), Port: port, Subset: subset, Type: cl.GetType().String(), Rule: ruleOf(cl)}
			out.TLS = clusterTLS(cl)
			cla := clas[cl.Name]
			if cla == nil {
				cla = cl.GetLoadAssignment()
			}
			if cl.GetType() == cluster.Cluster_ORIGINAL_DST {
				// Envoy goes to whatever pod is dialed; a call to a subset is taken to dial the subset's pods
				var subsetLabels labels.Instance
				rule := p.SidecarScope.DestinationRule(model.TrafficDirectionOutbound, p, host).GetRule()
				if rule != nil {
					for _, s := range rule.Spec.(*networking.DestinationRule).Subsets {
						if s.Name == subset {
							subsetLabels = s.Labels
						}
					}
				}
				for _, tg := range originalDst(l, string(host), port, subsetLabels) {
					tg.Sends = pick(cl, nil)
					out.Targets = append(out.Targets, tg)
				}
			}
			for _, loc := range cla.GetEndpoints() {
				for _, ep := range loc.LbEndpoints {
					sa := ep.GetEndpoint().GetAddress().GetSocketAddress()
					pod := pods[sa.GetAddress()]
					if pod == "" {
						pod = "?" + sa.GetAddress()
					}
					out.Targets = append(out.Targets, Target{Pod: pod, Port: sa.GetPortValue(), Sends: pick(cl, ep)})
				}
			}
			sort.Slice(out.Targets, func(a, b int) bool {
				return fmt.Sprint(out.Targets[a]) < fmt.Sprint(out.Targets[b])
			})
			for _, tg := range out.Targets {
				if wanted[tg.Pod] == nil {
					wanted[tg.Pod] = map[uint32]bool{}
				}
				wanted[tg.Pod][tg.Port] = true
			}
			res.Clusters = append(res.Clusters, out)
		}
	}

	// Server side: the inbound listener, walked like Envoy does.
	for _, w := range l.Workloads {
		id := w.Pod.Namespace + "/" + w.Pod.Name
		sv := Server{Namespace: w.Pod.Namespace, Kind: w.Kind, Name: w.Name, Pod: id, Labels: w.Pod.Labels, Proxy: w.Proxy}
		if w.Sidecar() {
			p := s.SetupProxy(&model.Proxy{
				Type: model.SidecarProxy, ID: w.Pod.Name + "." + w.Pod.Namespace, ConfigNamespace: w.Pod.Namespace,
				IPAddresses: []string{w.Pod.Status.PodIP}, Labels: w.Pod.Labels,
				Metadata: &model.NodeMetadata{
					Namespace: w.Pod.Namespace, Labels: w.Pod.Labels, ClusterID: istiocluster.ID(constants.DefaultClusterName),
				},
			})
			sim := simulation.NewSimulationFromConfigGen(tt, s.ConfigGenTest, p)
			applier := authn.NewMtlsPolicy(push, push.AuthnPolicies, w.Pod.Namespace, labels.Instance(w.Pod.Labels), false)
			ports := make([]int, 0)
			for n := range wanted[id] {
				if takes(w.Pod, n) {
					ports = append(ports, int(n))
				}
			}
			sort.Ints(ports)
			for _, n := range ports {
				sv.Ports = append(sv.Ports, Port{
					Port: uint32(n), Mode: applier.GetMutualTLSModeForPort(uint32(n)).String(),
					Plain: outcome(sim, w, n, simulation.Plaintext), TLS: outcome(sim, w, n, simulation.TLS),
					MTLS: outcome(sim, w, n, simulation.MTLS), Chain: chain,
				})
			}
		}
		res.Servers = append(res.Servers, sv)
	}
}

// clientsOf returns one client of each class: of every namespace, and of one in no document, a client without
// labels, and for each set of DestinationRule workloadSelectors that a known workload carries together one with
// their labels (without a known workload: each selector alone).
func clientsOf(l *Loaded) []Client {
	names := map[string]bool{"zz-elsewhere": true, l.Mesh.RootNamespace: true}
	known := map[string][]*Workload{}
	for _, w := range l.Workloads {
		names[w.Pod.Namespace] = true
		known[w.Pod.Namespace] = append(known[w.Pod.Namespace], w)
	}
	for _, s := range l.Services {
		names[s.Namespace] = true
	}
	selectors := map[string][]labels.Instance{}
	for _, c := range l.Configs {
		names[c.Namespace] = true
		if rule, ok := c.Spec.(*networking.DestinationRule); ok && len(rule.GetWorkloadSelector().GetMatchLabels()) > 0 {
			selectors[c.Namespace] = append(selectors[c.Namespace], rule.WorkloadSelector.MatchLabels)
		}
	}
	var out []Client
	for n := range names {
		classes := map[string]labels.Instance{"": nil}
		add := func(class labels.Instance) { classes[class.String()] = class }
		for _, w := range known[n] {
			class := labels.Instance{}
			for _, selector := range selectors[n] {
				if selector.SubsetOf(w.Pod.Labels) {
					for k, v := range selector {
						class[k] = v
					}
				}
			}
			add(class)
		}
		if len(known[n]) == 0 {
			for _, selector := range selectors[n] {
				add(selector)
			}
		}
		for _, class := range classes {
			out = append(out, Client{Namespace: n, Labels: class})
		}
	}
	sort.Slice(out, func(a, b int) bool {
		if out[a].Namespace != out[b].Namespace {
			return out[a].Namespace < out[b].Namespace
		}
		return labels.Instance(out[a].Labels).String() < labels.Instance(out[b].Labels).String()
	})
	return out
}

var chain string

func outcome(sim *simulation.Simulation, w *Workload, port int, mode simulation.TLSMode) string {
	terminated := false
	r := sim.Run(simulation.Call{
		Address: w.Pod.Status.PodIP, Port: port, Protocol: simulation.HTTP, TLS: mode, HostHeader: "h", CallMode: simulation.CallModeInbound,
		CustomListenerValidations: []simulation.CustomFilterChainValidation{func(fc *listener.FilterChain) error {
			terminated = fc.TransportSocket != nil
			return nil
		}},
	})
	switch {
	case r.Error != nil:
		return r.Error.Error()
	case terminated:
		chain = r.FilterChainMatched + " > " + r.ClusterMatched
		return "terminated"
	}
	chain = r.FilterChainMatched + " > " + r.ClusterMatched
	return "plain"
}

func ruleOf(c *cluster.Cluster) string {
	path := c.GetMetadata().GetFilterMetadata()["istio"].GetFields()["config"].GetStringValue()
	// /apis/networking.istio.io/v1alpha3/namespaces/NS/destination-rule/NAME
	parts := strings.Split(path, "/")
	if len(parts) == 8 {
		return parts[5] + "/" + parts[7]
	}
	return path
}

func socketTLS(ts *core.TransportSocket) string {
	if ts == nil || ts.Name != "envoy.transport_sockets.tls" {
		return "plaintext"
	}
	ctx := &tlsv3.UpstreamTlsContext{}
	if err := ts.GetTypedConfig().UnmarshalTo(ctx); err != nil {
		return "error"
	}
	certs := ctx.GetCommonTlsContext().GetTlsCertificateSdsSecretConfigs()
	switch {
	case len(certs) == 0:
		return "simple"
	case certs[0].Name == "default":
		return "istio-mtls"
	}
	return "mutual"
}

func clusterTLS(c *cluster.Cluster) string {
	if len(c.TransportSocketMatches) > 0 {
		return "auto"
	}
	return socketTLS(c.TransportSocket)
}

// pick is Envoy's transport socket matching for one endpoint.
func pick(c *cluster.Cluster, ep *endpoint.LbEndpoint) string {
	if len(c.TransportSocketMatches) == 0 {
		return socketTLS(c.TransportSocket)
	}
	have := ep.GetMetadata().GetFilterMetadata()["envoy.transport_socket_match"].GetFields()
	for _, m := range c.TransportSocketMatches {
		if covers(have, m.GetMatch().GetFields()) {
			return socketTLS(m.TransportSocket)
		}
	}
	return socketTLS(c.TransportSocket)
}

func covers(have, want map[string]*structpb.Value) bool {
	for k, v := range want {
		h, ok := have[k]
		if !ok || h.GetStringValue() != v.GetStringValue() {
			return false
		}
	}
	return true
}

// originalDst: a headless Service's caller goes to any of its pods, on the port it dials.
func originalDst(l *Loaded, host string, port int, subset labels.Instance) []Target {
	var out []Target
	for _, s := range l.Services {
		if s.Name+"."+s.Namespace+".svc.cluster.local" != host || len(s.Spec.Selector) == 0 {
			continue
		}
		for _, w := range l.Workloads {
			if w.Pod.Namespace != s.Namespace || !labels.Instance(s.Spec.Selector).SubsetOf(w.Pod.Labels) ||
				!subset.SubsetOf(w.Pod.Labels) {
				continue
			}
			for i := range s.Spec.Ports {
				if int(s.Spec.Ports[i].Port) == port {
					if n := targetPort(w.Pod, &s.Spec.Ports[i]); n != 0 {
						out = append(out, Target{Pod: w.Pod.Namespace + "/" + w.Pod.Name, Port: uint32(n)})
					}
				}
			}
		}
	}
	return out
}
