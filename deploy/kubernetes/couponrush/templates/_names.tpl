{{- define "couponrush.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "couponrush.selector" -}}
app.kubernetes.io/name: couponrush
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: node
{{- end -}}

{{- define "couponrush.labels" -}}
app.kubernetes.io/name: couponrush
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "couponrush.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "couponrush.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "couponrush.containerSecurity" -}}
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Settings of `settings`, and how users are identified, which must be said. */ -}}
{{- define "couponrush.settings" -}}
{{- $mode := .Values.settings.IDENTITY_MODE | default "trust" -}}
{{- if and (eq $mode "trust") (ne (toString .Values.settings.TRUST_GATEWAY) "true") -}}
{{- fail "settings.IDENTITY_MODE must be jwt or hmac, or settings.TRUST_GATEWAY 'true' if only a gateway that checks users can reach the port" -}}
{{- end -}}
{{- $chart := list "COUPONRUSH_LAME_DUCK_MS" "COUPONRUSH_DRAIN_MS" "COUPONRUSH_PERSISTER_NAME" "COUPONRUSH_DATA_DIR" "REDIS_URL" "REDIS_URL_FILE" "MYSQL_URL" "MYSQL_URL_FILE" "MYSQL_MIGRATION_URL" "MYSQL_MIGRATION_URL_FILE" "ADMIN_TOKEN" "ADMIN_TOKEN_FILE" "PORT" "ADMIN_PORT" "METRICS_PORT" "HOST" "METRICS_HOST" -}}
{{- range $name, $value := .Values.settings }}
{{- if has $name $chart }}{{ fail (printf "settings.%s is set by the chart" $name) }}{{ end }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end -}}
