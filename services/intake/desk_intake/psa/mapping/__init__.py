"""Records of the port as coded fields, by policy `status-map`, and coded fields as writes of the port."""
