package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Workload is one pod of the mesh.
type Workload struct {
	Kind, Name string // of the document that its template stands in
	Pod        *corev1.Pod
	Proxy      Proxy
}

// Sidecar reports whether the pod has a sidecar's inbound listener.
func (w *Workload) Sidecar() bool { return w.Proxy == ProxySidecar }

// Loaded is a mesh as the API server would hold it.
type Loaded struct {
	Objects   []runtime.Object // Namespaces, Services, Pods, EndpointSlices
	Services  []*corev1.Service
	Workloads []*Workload
	Configs   []config.Config
	Mesh      *meshconfig.MeshConfig
	Rejected  []Rejected
}

type Rejected struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Error     string `json:"error"`
}

func files(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		return []string{path}, nil
	}
	var out []string
	err = filepath.Walk(path, func(p string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			switch filepath.Ext(p) {
			case ".yaml", ".yml", ".json":
				out = append(out, p)
			}
		}
		return err
	})
	sort.Strings(out)
	return out, err
}

func documents(path string) ([]*unstructured.Unstructured, error) {
	names, err := files(path)
	if err != nil {
		return nil, err
	}
	var out []*unstructured.Unstructured
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, doc := range strings.Split("\n"+string(text), "\n---") {
			js, err := utilyaml.ToJSON([]byte(doc))
			if err != nil {
				continue
			}
			var m map[string]any
			if json.Unmarshal(js, &m) != nil || m == nil {
				continue
			}
			out = append(out, items(m)...)
		}
	}
	return out, nil
}

func items(m map[string]any) []*unstructured.Unstructured {
	kind, _ := m["kind"].(string)
	if list, ok := m["items"].([]any); ok && strings.HasSuffix(kind, "List") {
		var out []*unstructured.Unstructured
		for _, it := range list {
			if mm, ok := it.(map[string]any); ok {
				out = append(out, items(mm)...)
			}
		}
		return out
	}
	if kind == "" || m["apiVersion"] == nil {
		return nil
	}
	return []*unstructured.Unstructured{{Object: m}}
}

var templated = map[string]bool{
	"Deployment": true, "StatefulSet": true, "DaemonSet": true, "ReplicaSet": true, "Job": true,
}

func load(job Job) (*Loaded, error) {
	docs, err := documents(job.Path)
	if err != nil {
		return nil, err
	}
	out := &Loaded{}
	seen := map[string]bool{}
	meshText := job.Mesh
	namespaces := map[string]*corev1.Namespace{}
	type template struct {
		kind, ns, name string
		t              corev1.PodTemplateSpec
	}
	var templates []template
	var gatewaySelectors []map[string]string // of networking.istio.io Gateways, none of them empty
	policyIn := map[string]bool{}            // namespaces that hold a PeerAuthentication
	for _, u := range docs {
		gvk := u.GroupVersionKind()
		ns, name := u.GetNamespace(), u.GetName()
		if ns == "" && gvk.Kind != "Namespace" {
			ns = "default"
			u.SetNamespace(ns)
		}
		reject := func(err error) {
			out.Rejected = append(out.Rejected, Rejected{gvk.Kind, ns, name, err.Error()})
		}
		key := gvk.Group + "/" + gvk.Kind + "/" + ns + "/" + name
		if seen[key] {
			reject(fmt.Errorf("defined again"))
			continue
		}
		seen[key] = true
		switch {
		case gvk.Group == "" && gvk.Kind == "Namespace":
			o := &corev1.Namespace{}
			if err := convert(u, o); err != nil {
				reject(err)
				continue
			}
			namespaces[name] = o
		case gvk.Group == "" && gvk.Kind == "Service":
			o := &corev1.Service{}
			if err := convert(u, o); err != nil {
				reject(err)
				continue
			}
			out.Services = append(out.Services, o)
		case gvk.Group == "" && gvk.Kind == "Pod":
			o := &corev1.Pod{}
			if err := convert(u, o); err != nil {
				reject(err)
				continue
			}
			templates = append(templates, template{"Pod", ns, name, corev1.PodTemplateSpec{ObjectMeta: o.ObjectMeta, Spec: o.Spec}})
		case (gvk.Group == "apps" || gvk.Group == "batch") && (templated[gvk.Kind] || gvk.Kind == "CronJob"):
			at := []string{"spec", "template"}
			if gvk.Kind == "CronJob" {
				at = []string{"spec", "jobTemplate", "spec", "template"}
			}
			m, found, _ := unstructured.NestedMap(u.Object, at...)
			if !found {
				reject(fmt.Errorf("no pod template"))
				continue
			}
			t := corev1.PodTemplateSpec{}
			js, _ := json.Marshal(m)
			if err := json.Unmarshal(js, &t); err != nil {
				reject(err)
				continue
			}
			templates = append(templates, template{gvk.Kind, ns, name, t})
		case gvk.Group == "" && gvk.Kind == "ConfigMap":
			if job.Mesh == "" && (name == "istio" || strings.HasPrefix(name, "istio-")) {
				if t, ok, _ := unstructured.NestedString(u.Object, "data", "mesh"); ok && (meshText == "" || name == "istio") {
					meshText = t
				}
			}
		case gvk.Group == "gateway.networking.k8s.io" && gvk.Kind == "BackendTLSPolicy":
			// istiod's gateway controller turns it into a DestinationRule, from the API server's own object
			o := &gatewayv1.BackendTLSPolicy{}
			if err := convert(u, o); err != nil {
				reject(err)
				continue
			}
			o.UID = types.UID(key)
			out.Objects = append(out.Objects, o)
		default:
			_, ok := collections.PilotGatewayAPI().FindByGroupVersionAliasesKind(resource.FromKubernetesGVK(&gvk))
			if !ok {
				continue
			}
			js, _ := json.Marshal(u.Object)
			text, _ := yaml.JSONToYAML(js)
			// ParseInputs validates like istiod's webhook; the first line of defence, the CRD schema, refuses a superset.
			cs, _, err := crd.ParseInputs(string(text))
			if err != nil {
				reject(err)
				continue
			}
			for _, c := range cs {
				c.Domain = "cluster.local"
				if c.CreationTimestamp.IsZero() {
					// the store would write the present moment; the page sorts a missing stamp before any
					c.CreationTimestamp = time.Unix(1, 0)
				}
				out.Configs = append(out.Configs, c)
				switch spec := c.Spec.(type) {
				case *networking.Gateway:
					if len(spec.Selector) > 0 {
						gatewaySelectors = append(gatewaySelectors, spec.Selector)
					}
				case *security.PeerAuthentication:
					policyIn[c.Namespace] = true
				}
			}
		}
	}
	m := mesh.DefaultMeshConfig()
	if meshText != "" {
		if m, err = mesh.ApplyMeshConfig(meshText, m); err != nil {
			return nil, fmt.Errorf("mesh config: %w", err)
		}
	}
	out.Mesh = m

	injector := injector{namespaces: namespaces, gatewaySelectors: gatewaySelectors}
	for _, n := range namespaces {
		injector.namespacesChosen = injector.namespacesChosen || saysInjection(n)
	}
	injector.ownPolicy = func(ns string) bool { return ns != m.RootNamespace && policyIn[ns] }
	for i, t := range templates {
		lab := map[string]string{}
		for k, v := range t.t.Labels {
			lab[k] = v
		}
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Name: fmt.Sprintf("%s-%s", strings.ToLower(t.kind), t.name), Namespace: t.ns,
				Labels: lab, Annotations: t.t.Annotations,
			},
			Spec: t.t.Spec,
		}
		for j := range pod.Spec.Containers {
			for k := range pod.Spec.Containers[j].Ports {
				if cp := &pod.Spec.Containers[j].Ports[k]; cp.Protocol == "" {
					cp.Protocol = corev1.ProtocolTCP
				}
			}
		}
		pod.Spec.ServiceAccountName = "default"
		pod.Spec.NodeName = "node"
		pod.Status.Phase = corev1.PodRunning
		ip := fmt.Sprintf("10.1.%d.%d", i/200, i%200+1)
		pod.Status.PodIP = ip
		pod.Status.PodIPs = []corev1.PodIP{{IP: ip}}
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		w := &Workload{Kind: t.kind, Name: t.name, Pod: pod, Proxy: injector.proxyOf(pod)}
		// what the injection templates add
		switch w.Proxy {
		case ProxySidecar:
			setDefault(lab, "security.istio.io/tlsMode", "istio")
			fallthrough
		case ProxyGateway:
			for _, name := range []string{lab["app.kubernetes.io/name"], lab["app"], t.name} {
				if name != "" {
					setDefault(lab, "service.istio.io/canonical-name", name)
				}
			}
			pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "istio-proxy"})
		}
		out.Workloads = append(out.Workloads, w)
		out.Objects = append(out.Objects, pod)
	}
	for i, s := range out.Services {
		if s.Spec.ClusterIP == "" && s.Spec.Type != corev1.ServiceTypeExternalName {
			s.Spec.ClusterIP = fmt.Sprintf("10.9.%d.%d", i/200, i%200+1)
		}
		for j := range s.Spec.Ports {
			if s.Spec.Ports[j].Protocol == "" {
				s.Spec.Ports[j].Protocol = corev1.ProtocolTCP
			}
			if t := &s.Spec.Ports[j].TargetPort; t.Type == intstr.Int && t.IntVal == 0 || t.Type == intstr.String && t.StrVal == "" {
				*t = intstr.FromInt32(s.Spec.Ports[j].Port) // the API server's default
			}
		}
		out.Objects = append(out.Objects, s)
		out.Objects = append(out.Objects, slicesOf(s, out.Workloads)...)
	}
	for _, n := range namespaces {
		out.Objects = append(out.Objects, n)
	}
	return out, nil
}

func convert(u *unstructured.Unstructured, into runtime.Object) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, into)
}

func setDefault(m map[string]string, key, value string) {
	if _, ok := m[key]; !ok {
		m[key] = value
	}
}
