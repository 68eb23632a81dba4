package main

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pkg/config/labels"
)

// Proxy is what stands before a pod's application. Section 3.1 of docs/design/mtls-semantics.md says which;
// istiod is not asked, since injection is the API server's webhook.
type Proxy string

const (
	ProxySidecar Proxy = "sidecar" // presumed ones too
	ProxyGateway Proxy = "gateway"
	ProxyAmbient Proxy = "ambient"
	ProxyNone    Proxy = "outside" // presumed ones too
)

type injector struct {
	namespaces       map[string]*corev1.Namespace
	gatewaySelectors []map[string]string
	namespacesChosen bool                 // some namespace of the mesh says that pods are injected
	ownPolicy        func(ns string) bool // a PeerAuthentication stands there, and it is not the root namespace
}

var neverInjected = map[string]bool{
	"kube-system": true, "kube-public": true, "kube-node-lease": true, "local-path-storage": true,
}

const (
	injectKey   = "sidecar.istio.io/inject"
	templateKey = "inject.istio.io/templates"
	revisionKey = "istio.io/rev"
	ambientKey  = "istio.io/dataplane-mode"
)

// saysInjection reports whether the namespace's labels have its pods injected.
func saysInjection(ns *corev1.Namespace) bool {
	injection, ok := ns.Labels["istio-injection"]
	if ok {
		return injection == "enabled"
	}
	_, ok = ns.Labels[revisionKey]
	return ok
}

func (in *injector) proxyOf(pod *corev1.Pod) Proxy {
	for _, selector := range in.gatewaySelectors {
		if labels.Instance(selector).SubsetOf(pod.Labels) {
			return ProxyGateway
		}
	}
	if strings.Contains(pod.Labels[templateKey], "gateway") || strings.Contains(pod.Annotations[templateKey], "gateway") {
		return ProxyGateway
	}
	if neverInjected[pod.Namespace] || pod.Spec.HostNetwork {
		return ProxyNone
	}

	wish, ok := pod.Labels[injectKey]
	if !ok {
		wish = pod.Annotations[injectKey]
	}
	var nsLabels map[string]string
	ns := in.namespaces[pod.Namespace]
	if ns != nil {
		nsLabels = ns.Labels
	}
	_, hasInjection := nsLabels["istio-injection"]
	_, hasRevision := nsLabels[revisionKey]
	_, podRevision := pod.Labels[revisionKey]
	silent := !hasInjection && !hasRevision
	asked := ns != nil && saysInjection(ns) || silent && (pod.Labels[injectKey] == "true" || podRevision)
	if asked && wish != "false" {
		return ProxySidecar
	}

	podAmbient := pod.Labels[ambientKey]
	if podAmbient == "ambient" || nsLabels[ambientKey] == "ambient" && podAmbient != "none" {
		return ProxyAmbient
	}
	if wish == "false" || nsLabels["istio-injection"] == "disabled" || nsLabels[ambientKey] == "ambient" {
		return ProxyNone
	}
	if ns != nil && silent && in.namespacesChosen && !in.ownPolicy(pod.Namespace) {
		return ProxyNone
	}
	return ProxySidecar
}

const (
	includePortsKey = "traffic.sidecar.istio.io/includeInboundPorts"
	excludePortsKey = "traffic.sidecar.istio.io/excludeInboundPorts"
)

// takes reports whether a sidecar's iptables rules catch a port of its pod.
func takes(pod *corev1.Pod, port uint32) bool {
	switch port {
	case 15020, 15021, 15090:
		return false
	}
	lists := func(key string) bool {
		for _, p := range strings.Split(pod.Annotations[key], ",") {
			if strings.TrimSpace(p) == strconv.Itoa(int(port)) {
				return true
			}
		}
		return false
	}
	if only, ok := pod.Annotations[includePortsKey]; ok && only != "*" {
		return lists(includePortsKey)
	}
	return !lists(excludePortsKey)
}
