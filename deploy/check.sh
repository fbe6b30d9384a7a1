#!/bin/sh
# Renders the Helm chart in each set-up and checks the result against the schemas of Kubernetes. Needs helm and kubeconform, or Go to build
# them once into deploy/.tools/. Run it after a change of the chart.
set -eu
cd "$(dirname "$0")"
tools=$PWD/.tools
PATH=$tools:$PATH
need() {
    command -v "$1" >/dev/null 2>&1 && return
    command -v go >/dev/null 2>&1 || { echo "please install $1 (or Go, to build it)" >&2; exit 1; }
    echo "building $1 ..." >&2
    GOBIN=$tools go install "$2"
}
need helm helm.sh/helm/v3/cmd/helm@v3.22.0

chart=kubernetes/trackyard
many="--set externalServices.mongodbConnectionStringBackend=mongodb://m/backend --set externalServices.mongodbConnectionStringAuth=mongodb://m/auth
      --set externalServices.redisHost=r --set storage.files.enabled=true"
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

helm lint --strict $chart
helm template one $chart > "$rendered/one.yaml"
helm template two $chart --set ingress.enabled=true --set ingress.tlsSecretName=tls --set servicesAgent.enabled=true \
    --set trackyard.cookieDomain=.example.com --set trackyard.cookieName=token \
    --set-literal 'additionalConfigs.apiserver\.conf=auth { }' > "$rendered/two.yaml"
# shellcheck disable=SC2086
helm template three $chart $many --set autoscaling.enabled=true > "$rendered/three.yaml"
# shellcheck disable=SC2086
helm template four $chart $many --set replicaCount=3 --set externalServices.existingSecret=databases --set storage.files.existingPVC=files \
    > "$rendered/four.yaml"
if helm template wrong $chart --set replicaCount=2 2>/dev/null; then
    echo "two pods without databases were not refused" >&2
    exit 1
fi
if command -v kubeconform >/dev/null 2>&1; then
    kubeconform -strict -summary "$rendered"/*.yaml
else
    echo "rendered; not checked against the schemas of Kubernetes, for want of kubeconform" >&2
fi
