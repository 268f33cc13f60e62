#!/usr/bin/env bash
# deploy/kubernetes/couponrush: helm lints it, and what it renders is valid by the schemas of Kubernetes and of the Prometheus
# Operator. Needs Go with its module proxy, and npm ci; helm and kubeconform are built if they are not installed (5 minutes).
#   test/deploy/chart.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

HELM=helm.sh/helm/v3/cmd/helm@v3.22.0
KUBECONFORM=github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
# Its schemas, and the version that the chart is rendered for.
KUBERNETES=1.34.0
OPERATOR=github.com/prometheus-operator/prometheus-operator@v0.85.0

chart=deploy/kubernetes/couponrush
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

program() { # NAME MODULE: its path
  command -v "$1" && return
  GOBIN=${CHART_TOOLS:-$folder} go install "$2"
  echo "${CHART_TOOLS:-$folder}/$1"
}
helm=$(program helm "$HELM")
kubeconform=$(program kubeconform "$KUBECONFORM")
module() { go mod download -json "$1" | node -p 'JSON.parse(require("node:fs").readFileSync(0)).Dir'; }
node test/deploy/kubernetes-schemas.mjs "$(module "k8s.io/kubernetes@v$KUBERNETES")/api/openapi-spec/swagger.json" \
  "$(module "$OPERATOR")/example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml" "$folder/schemas"
render() { "$helm" template shop "$chart" --namespace shop --kube-version "$KUBERNETES" "$@"; }
validate() {
  "$kubeconform" -summary -kubernetes-version "$KUBERNETES" \
    -schema-location "$folder/schemas/{{.ResourceKind}}{{.KindSuffix}}.json" "$@"
}

gateway=(--set-string settings.TRUST_GATEWAY=true)
everything=(
  --set settings.IDENTITY_MODE=jwt --set settings.JWT_KEY_FILE=/run/secrets/edge/jwks.json --set settings.JWT_ISSUER=shop
  --set settings.JWT_AUDIENCE=coupons --set secrets.edge=edge --set tls=true --set serviceMonitor.enabled=true
  --set serviceMonitor.labels.release=prometheus --set networkPolicy.enabled=true --set lameDuckMs=20001
  --set 'networkPolicy.from[0].podSelector.matchLabels.app=gateway' --set image.tag=0.2.0 --set priorityClassName=high
  --set 'networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name=monitoring' --set 'imagePullSecrets[0].name=registry'
  --set 'tolerations[0].operator=Exists' --set podAnnotations.team=shop --set podLabels.team=shop --set nodeSelector.disk=ssd
)

echo '== lint'
"$helm" lint --strict "$chart" --kube-version "$KUBERNETES" "${gateway[@]}"
"$helm" lint --strict "$chart" --kube-version "$KUBERNETES" "${everything[@]}"

echo '== the least, everything, and no migration, by the schemas'
render "${gateway[@]}" >"$folder/least.yaml"
render "${everything[@]}" >"$folder/everything.yaml"
render "${gateway[@]}" --set secrets.migration= >"$folder/no-migration.yaml"
for values in least everything no-migration; do validate "$folder/$values.yaml"; done

echo '== a mistake is found'
sed 's/terminationGracePeriodSeconds/terminationGracePeriod/' "$folder/least.yaml" | validate - && fail 'an unknown field passed'
sed 's/maxUnavailable: 1/maxUnavailable: {}/' "$folder/least.yaml" | validate - && fail 'a wrong type passed'

echo '== what must be said'
render >/dev/null 2>"$folder/refused" && fail 'rendered without a way to identify users'
grep -F 'settings.IDENTITY_MODE must be jwt or hmac' "$folder/refused"
render "${gateway[@]}" --set settings.REDIS_URL=redis://x >/dev/null 2>"$folder/refused" && fail 'took a secret as a value'
grep -F 'settings.REDIS_URL is set by the chart' "$folder/refused"

echo '== settings of the chart are settings of couponrush, and hardening is there'
node test/deploy/rendered-chart.mjs "$folder/least.yaml" "$folder/everything.yaml"
echo PASSED
