{{- define "trackyard.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "trackyard.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "trackyard.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "trackyard.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "trackyard.selector" -}}
app.kubernetes.io/name: {{ include "trackyard.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "trackyard.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{ include "trackyard.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "trackyard.image" -}}
{{- $image := .image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ $image.tag | default .version }}
{{- end -}}

{{- define "trackyard.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "trackyard.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "trackyard.secret" -}}
{{- .Values.trackyard.existingSecret | default (printf "%s-secrets" (include "trackyard.fullname" .)) -}}
{{- end -}}

{{/* "yes" where documents are on databases, else empty. */}}
{{- define "trackyard.scaleout" -}}
{{- $with := .Values.externalServices -}}
{{- if or $with.existingSecret $with.mongodbConnectionStringBackend $with.elasticsearchConnectionString $with.redisHost -}}yes{{- end -}}
{{- end -}}

{{- define "trackyard.filesUrl" -}}
{{- if .Values.trackyard.filesUrl -}}
{{- .Values.trackyard.filesUrl -}}
{{- else if .Values.ingress.enabled -}}
{{- $scheme := ternary "https" "http" (not (empty .Values.ingress.tlsSecretName)) -}}
{{- with .Values.ingress.hosts -}}
{{- if .files -}}{{ $scheme }}://{{ .files }}{{- else if .app -}}{{ $scheme }}://{{ .app }}/files{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What cannot work is refused when the chart is rendered. */}}
{{- define "trackyard.checked" -}}
{{- $many := or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1) -}}
{{- if and $many (not (include "trackyard.scaleout" .)) -}}
{{- fail "more than one pod needs MongoDB, Elasticsearch and Redis: set externalServices, or replicaCount: 1 and autoscaling.enabled: false" -}}
{{- end -}}
{{- if and $many (not .Values.storage.files.enabled) -}}
{{- fail "more than one pod needs a volume of uploads that all of them mount: set storage.files.enabled (ReadWriteMany)" -}}
{{- end -}}
{{- end -}}
