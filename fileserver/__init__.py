"""The file server: uploads and downloads of artifacts, models and images, kept as plain files below one folder."""
